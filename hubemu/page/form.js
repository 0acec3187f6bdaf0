// A form made from the JSON Schema of a type: what is there, what must be, and what may be added.
import { html, nothing } from './lit-html.js';
import { t } from './words.js';

const DEEPEST = 12;

function resolved(schema, definitions) {
  let found = schema ?? {};
  for (let i = 0; found.$ref && i < 20; i++) found = definitions[found.$ref.slice('#/definitions/'.length)] ?? {};
  return found;
}

/** A first value for what is added: everything that must be there, nothing more. */
function blank(schema, definitions, depth = 0) {
  const own = resolved(schema, definitions);
  if (own.type === 'object' && depth < DEEPEST) return Object.fromEntries((own.required ?? []).map(key => [key, blank(own.properties?.[key], definitions, depth + 1)]));
  if (own.type === 'array') return [blank(own.items, definitions, depth + 1)];
  if (own.enum) return own.enum[0];
  if (own.type === 'boolean') return false;
  if (own.type === 'number' || own.type === 'integer') return own.minimum ?? 0;
  if (own.format === 'date-time') return new Date().toISOString().slice(0, 19) + '+00:00';
  return '';
}

const faulty = (faults, path) => faults.find(fault => fault.path === path);
const idOf = path => `f-${path.replace(/[^\w]/g, '-')}`;

function control(value, schema, id, fault, set) {
  const invalid = !!fault, note = fault ? `${id}-n` : nothing;
  if (schema.enum) {
    const choices = schema.enum.includes(value) ? schema.enum : [value, ...schema.enum];
    return html`<select id=${id} aria-invalid=${invalid} aria-describedby=${note} .value=${String(value)} @change=${event => set(choices.find(one => String(one) === event.target.value))}>
      ${choices.map(one => html`<option value=${one} ?selected=${one === value}>${one}</option>`)}</select>`;
  }
  if (schema.type === 'boolean') return html`<input id=${id} type="checkbox" .checked=${!!value} @change=${event => set(event.target.checked)}>`;
  const numeric = schema.type === 'number' || schema.type === 'integer';
  return html`<input id=${id} type="text" inputmode=${numeric ? 'decimal' : 'text'} aria-invalid=${invalid} aria-describedby=${note} .value=${value ?? ''}
    @input=${event => set(numeric && event.target.value !== '' && !isNaN(event.target.value) ? Number(event.target.value) : event.target.value)}>`;
}

function leaf(name, value, schema, path, must, context, set, drop) {
  const id = idOf(path), fault = faulty(context.faults, path);
  return html`<div class="entry"><label for=${id}>${name}${must ? html`<abbr title=${t('required')}> *</abbr>` : nothing}</label>${control(value, schema, id, fault, set)}
    ${must ? nothing : dropButton(name, drop)}${fault ? html`<p class="note" id=${`${id}-n`}>✕ ${fault.rule} ${fault.expected ?? ''}</p>` : nothing}</div>`;
}

const dropButton = (name, drop) => html`<button class="quiet small" aria-label=${`${t('remove')} ${name}`} @click=${drop}>✕</button>`;

function objectView(name, value, schema, path, must, context, drop) {
  const { definitions, changed } = context;
  const known = schema.properties ?? {};
  const absent = Object.keys(known).filter(key => !(key in value));
  const add = event => { const key = event.target.value; event.target.value = ''; if (key) { value[key] = blank(known[key], definitions); changed(); } };
  return html`<fieldset><legend>${name} ${must ? nothing : dropButton(name, drop)}</legend>
    ${Object.keys(value).map(key => fieldView(key, value[key], known[key], `${path}.${key}`, (schema.required ?? []).includes(key), context,
      inner => { value[key] = inner; changed(); }, () => { delete value[key]; changed(); }))}
    ${absent.length ? html`<select class="add" aria-label=${t('addField', name)} @change=${add}><option value="">+ ${t('add')}…</option>${absent.map(key => html`<option value=${key}>${key}${(schema.required ?? []).includes(key) ? ' *' : ''}</option>`)}</select>` : nothing}</fieldset>`;
}

function arrayView(name, value, schema, path, must, context, drop) {
  const { definitions, changed } = context;
  return html`<fieldset><legend>${name} [${value.length}] ${must ? nothing : dropButton(name, drop)}</legend>
    ${value.map((one, i) => fieldView(`${name} ${i + 1}`, one, schema.items, `${path}[${i}]`, false, context, inner => { value[i] = inner; changed(); }, () => { value.splice(i, 1); changed(); }))}
    <button class="quiet small" @click=${() => { value.push(blank(schema.items, definitions)); changed(); }}>+ ${t('add')}</button></fieldset>`;
}

function fieldView(name, value, schema, path, must, context, set, drop) {
  const own = resolved(schema, context.definitions);
  if (Array.isArray(value)) return arrayView(name, value, own, path, must, context, drop);
  if (value && typeof value === 'object') return objectView(name, value, own, path, must, context, drop);
  return leaf(name, value, own, path, must, context, set, drop);
}

/** The form of one content; `changed` is told after each edit, which is made in `content` itself. */
export function formView(key, content, { schema, definitions }, path, faults, changed) {
  return fieldView(key, content, schema, path, true, { definitions, faults, changed }, () => {}, () => {});
}
