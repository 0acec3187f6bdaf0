// One message opened.
import { html, nothing, svg } from './lit-html.js';
import { badge, clockTime, copy, dateTime, download, fail, get, isXml, journal, link, onRow, parse, post, redraw, say, select, setParams, short } from './page.js';
import { stepName, t } from './words.js';

// Bodies are drawn as text nodes, never as HTML.

const join = (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`);

/** The fault at a path, or at the object that lacks what it names. */
const faultAt = (faults, path) => faults.filter(fault => fault.path === path);
const lacking = (faults, path) => faults.filter(fault => fault.rule === 'required' && fault.path.slice(0, fault.path.lastIndexOf('.')) === path);
const noteView = fault => html`<strong class="note">✕ ${fault.rule}${fault.expected ? ` : ${fault.expected}` : ''}</strong>`;

export function treeView(value, faults = [], path = '$', key = null) {
  const own = faultAt(faults, path);
  const name = key === null ? nothing : html`<span class="key">${key}</span>: `;
  if (value === null || typeof value !== 'object') {
    return html`<li class=${own.length ? 'faulty' : ''}>${name}<span class=${typeof value}>${JSON.stringify(value)}</span> ${own.map(noteView)}</li>`;
  }
  const list = Array.isArray(value);
  const entries = list ? value.map((one, i) => [i, one]) : Object.entries(value);
  return html`<li class=${own.length ? 'faulty' : ''}><details open><summary>${name}<span class="size">${list ? `[${entries.length}]` : `{${entries.length}}`}</span> ${own.map(noteView)}</summary>
    <ul>${entries.map(([one, inner]) => treeView(inner, faults, join(path, one), one))}
    ${lacking(faults, path).map(fault => html`<li class="faulty"><span class="key">${fault.path.slice(path.length + 1)}</span> ${noteView(fault)}</li>`)}</ul></details></li>`;
}

/** Indented lines of XML: split at tags only, so that whatever came is shown. */
export function xmlLines(body) {
  let depth = 0;
  const lines = [];
  for (const part of body.replace(/>\s+</g, '><').replace(/></g, '>\n<').split('\n')) {
    if (/^<\//.test(part)) depth--;
    lines.push('  '.repeat(Math.max(0, depth)) + part);
    if (/^<[^?!/][^]*[^/]>$/.test(part) && !/<\/[^>]+>$/.test(part)) depth++;
  }
  return lines;
}

export const linesOf = body => {
  if (isXml(body)) return xmlLines(body);
  const tree = parse(body);
  return (tree === undefined ? body : JSON.stringify(tree, null, 2)).split('\n');
};

/** Lines, with those marked that hold a faulty element or key. */
export function prettyView(body, faults = []) {
  const names = faults.map(fault => [fault, fault.path.split(/[.@]/).at(-1).replace(/\[\d+\]$/, '')]);
  return html`<pre class="body" tabindex="0">${linesOf(body).map(line => {
    const found = names.find(([, name]) => new RegExp(`[<":]${name.replace(/[^\w-]/g, '.')}["\\s>/]`).test(line));
    return found ? html`<mark>${line}</mark>  <strong class="note">✕ ${found[0].rule}</strong>\n` : `${line}\n`;
  })}</pre>`;
}

/** Values by their place, whatever the format, so that JSON and XML can be laid side by side. */
function leaves(body) {
  const found = new Map();
  const add = (place, value) => { const list = found.get(place) ?? []; list.push(value); found.set(place, list); };
  const walk = (value, place) => {
    if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) walk(inner, Array.isArray(value) ? place : place.concat(key));
    else add(placeOf(place), String(value));
  };
  if (!isXml(body)) walk(parse(body), []);
  else {
    const visit = (node, place) => {
      const own = node.localName ? place.concat(node.localName) : place;
      if (node.children.length) [...node.children].forEach(child => visit(child, own));
      else add(placeOf(own), node.textContent);
    };
    const read = new DOMParser().parseFromString(body, 'application/xml'); // an inert document: only its texts are used
    visit(read.documentElement, []);
  }
  return found;
}
const WRAPS = new Set(['edxlDistribution', 'content', 'jsonContent', 'contentObject', 'embeddedJsonContent', 'embeddedXMLContent', 'xmlContent', 'message']);
const placeOf = place => place.filter(one => !WRAPS.has(one)).join('.');

/** What the conversion changed. */
export function differences(before, after) {
  const [old, young] = [leaves(before), leaves(after)], found = [];
  for (const place of new Set([...old.keys(), ...young.keys()])) {
    const [left, right] = [old.get(place) ?? [], young.get(place) ?? []];
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      if (left[i] !== right[i]) found.push({ place, before: left[i], after: right[i] });
    }
  }
  return found;
}

/** It as a step of a scenario. */
function stepOf(message) {
  const tree = parse(message.body)?.content?.[0]?.jsonContent?.embeddedJsonContent?.message;
  const header = ['messageId', 'sender', 'sentAt', 'kind', 'status', 'recipient'];
  const content = tree && Object.fromEntries(Object.entries(tree).filter(([key]) => !header.includes(key)));
  const actor = id => (id ?? 'recipient').split('.').at(-1);
  const body = content ? `content: ${JSON.stringify(content)}` : `text: ${JSON.stringify(message.body)}`;
  return `- id: ${(message.type ?? 'message').toLowerCase()}
  send:
    as: ${actor(message.sender)}   # actor with id ${message.sender}
    to: ${actor(message.recipient)}   # actor with id ${message.recipient}
    message: {${body}}
`;
}

const PERSONAL = /^(lastName|firstName|complete|birthName|birthDate|freetext|freeText|detail|givenName|familyName|localIdentifier|externalId|insNumber|phone|mail|email|street|number|wayName|comment|note|inseeCode|patientId|idPat|identifier)$/;
const PERHAPS = /^(name|value|label)$/; // also of things: codes and client ids stay
const CODE = /^(fr\.|hubex|urn:|[A-Z0-9_.:-]{1,24}$)/;
const isPersonal = (key, value) => PERSONAL.test(key) || (PERHAPS.test(key) && !CODE.test(value));
const COORDINATE = /("(?:lat|lon)"\s*:\s*|<(?:lat|lon)>)-?[\d.]+/g;
const TAG = /<((?:\w+:)?([\w-]+))>([^<]{2,})<\//g;

/** Texts of one body under keys that name people, places and numbers. */
function* personal(body) {
  function* walk(value, key) {
    if (value && typeof value === 'object') for (const [name, inner] of Object.entries(value)) yield* walk(inner, Array.isArray(value) ? key : name);
    else if (typeof value === 'string' && value.length > 1 && isPersonal(key, value)) yield value;
  }
  const tree = parse(body);
  if (tree) yield* walk(tree, '');
  else for (const [, , name, value] of body.matchAll(TAG)) if (isPersonal(name, value)) yield value;
}

/** The messages of a conversation; the same identity becomes the same pseudonym in all of them. */
function exported(messages, anonymous) {
  if (!anonymous) return JSON.stringify({ messages }, null, 2);
  const names = new Map();
  for (const message of messages) {
    for (const body of [message.body, ...message.forwarded.map(one => one.body)]) {
      for (const value of personal(body)) if (!names.has(value)) names.set(value, `XXX-${names.size + 1}`);
    }
  }
  const longest = [...names].sort(([one], [other]) => other.length - one.length);
  const hide = words => longest.reduce((text, [value, name]) => text.replaceAll(value, name).replaceAll(JSON.stringify(value).slice(1, -1), name), words).replace(COORDINATE, '$10');
  const hidden = messages.map(message => ({ ...message, sha256: null, errorCause: message.errorCause && hide(message.errorCause), body: hide(message.body),
    problems: message.problems.map(one => ({ ...one, got: one.got && hide(one.got) })), forwarded: message.forwarded.map(one => ({ ...one, body: hide(one.body) })),
    trace: message.trace.map(one => ({ ...one, detail: hide(one.detail) })) }));
  return JSON.stringify({ anonymised: true, messages: hidden }, null, 2);
}

const state = { id: null, message: null, missing: '', side: 'received', how: 'tree', anonymous: false };

export function openMessage(id) {
  setParams({ id }, { replace: false });
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('opened')?.focus({ preventScroll: true })));
}

function close() {
  const { id } = state;
  setParams({ id: '' });
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`row-${id}`)?.focus({ preventScroll: true })));
}

async function load(id) {
  state.id = id;
  try {
    const [message, { recipes }] = await Promise.all([get(`/api/v1/messages/${id}`), get(`/api/v1/messages/${id}/recipes`)]);
    if (state.id === id) Object.assign(state, { message, recipes, missing: '' });
  } catch (error) {
    if (state.id === id) Object.assign(state, { message: null, missing: error.message });
  }
  redraw();
}
onRow(row => {
  const about = state.message && (row.id === state.id || row.sender === state.message.recipient || row.recipient === state.message.sender);
  if (about) load(state.id);
});

async function again(message) {
  const properties = { ...message.properties };
  for (const name of ['user_id', 'cluster_id']) delete properties[name];
  const { id } = await post('/api/v1/messages', { as: message.sender, vhost: message.vhost, contentType: message.properties.content_type ?? null, body: message.body, properties });
  say(t('resent'));
  openMessage(id);
}

async function exportConversation(message) {
  const ids = message.conversation.map(one => one.id).filter(Boolean);
  const others = await Promise.all(ids.map(id => get(`/api/v1/messages/${id}`)));
  const all = [message, ...others].sort((one, other) => one.at.localeCompare(other.at));
  download(`conversation-${message.id}.json`, exported(all, state.anonymous));
}

function actions(message) {
  const recipes = { ...state.recipes, [t('step')]: stepOf(message) };
  const chosen = name => { if (name) copy(recipes[name]); };
  return html`<div class="row actions">
    ${select(t('copyAs'), '', Object.keys(recipes), chosen, '…')}
    <button type="button" ?disabled=${message.encoding !== 'utf-8'} @click=${() => again(message).catch(fail)}>${t('again')}</button>
    <a class="button" href=${link('lrm', { from: message.id })}>${t('edit')}</a>
    <button type="button" @click=${() => exportConversation(message).catch(fail)}>${t('exportIt')}</button>
    <label class="check"><input type="checkbox" .checked=${state.anonymous} @change=${event => { state.anonymous = event.target.checked; redraw(); }}> ${t('anonymous')}</label>
  </div>`;
}

export const causeView = ({ errorCode, errorCause, problems, spec, mend }) => html`
  <p class="code">${errorCode ? html`<strong>${errorCode.statusCode} ${errorCode.statusString}</strong>` : nothing} ${spec ? html`<span class="spec">${t('spec')} : ${spec}</span>` : nothing}</p>
  <pre class="told" tabindex="0">${errorCause}</pre>
  ${mend ? html`<p><strong>${t('mend')}</strong> : ${mend}</p>` : nothing}
  ${problems.length ? html`<div class="scroll" tabindex="0" role="region" aria-label=${t('place')}><table><thead><tr><th>${t('place')}</th><th>${t('rule')}</th><th>${t('expected')}</th><th>${t('got')}</th></tr></thead>
    <tbody>${problems.map(one => html`<tr><td><code>${one.path.replace(/^\$\.content\[0\]\.jsonContent\.embeddedJsonContent\.message\./, '')}</code></td><td>${one.rule}</td><td>${one.expected ?? ''}</td><td>${one.got ?? ''}</td></tr>`)}</tbody></table></div>` : nothing}`;

function stepMark(step, last, message) {
  if (/rejected|refused|error report|dead|dropped/.test(step)) return 'bad';
  if (last && ['rejected', 'dropped', 'dead-lettered'].includes(message.outcome)) return 'bad';
  return /published|delivered|acknowledged|convert/.test(step) ? 'good' : '';
}

function trace(message) {
  const began = Date.parse(message.trace[0]?.at ?? message.at);
  return html`<section><h3>${t('way')}</h3><ol class="steps">${message.trace.map((one, i) => {
    const mark = stepMark(one.step, i === message.trace.length - 1, message);
    return html`<li class=${mark}><span class="dot" aria-hidden="true">${mark === 'bad' ? '✕' : '✓'}</span><span class="step">${stepName(one.step)}</span>
      <time datetime=${one.at}>+${Date.parse(one.at) - began} ms</time>${one.detail ? html`<span class="detail">${one.detail}</span>` : nothing}</li>`;
  })}</ol></section>`;
}

const tabs = (name, value, choices, change) => html`<div class="tabs" role="group" aria-label=${name}>${choices.map(([key, words]) => html`<button type="button" aria-pressed=${key === value ? 'true' : 'false'} @click=${() => { change(key); redraw(); }}>${words}</button>`)}</div>`;

function bodyView(body, encoding, faults) {
  if (encoding !== 'utf-8' || state.how === 'raw') return html`<pre class="body" tabindex="0">${body}</pre>`;
  const tree = state.how === 'tree' && !isXml(body) ? parse(body) : undefined;
  return tree === undefined ? prettyView(body, faults) : html`<ul class="tree">${treeView(tree, faults)}</ul>`;
}

function diffView(message, copy) {
  const found = differences(message.body, copy.body);
  return found.length ? html`<div class="scroll" tabindex="0" role="region" aria-label=${t('diff')}><table><thead><tr><th>${t('place')}</th><th>${t('received')}</th><th>${t('forwarded')}</th></tr></thead>
    <tbody>${found.map(one => html`<tr><td><code>${one.place}</code></td><td class="old">${one.before ?? '—'}</td><td class="new">${one.after ?? '—'}</td></tr>`)}</tbody></table></div>` : html`<p>${t('sameBody')}</p>`;
}

function bodies(message) {
  const [first] = message.forwarded;
  const received = html`<div class="half"><h4>${t('received')}</h4>${bodyView(message.body, message.encoding, message.problems)}</div>`;
  const forwarded = html`<div class="half"><h4>${t('forwarded')}</h4>${message.forwarded.length ? message.forwarded.map(one => html`<p class="queue"><code>${one.queue}</code></p>${bodyView(one.body, one.encoding, [])}`) : html`<p>${t('notForwarded')}</p>`}</div>`;
  return html`<section><h3>${t('bodies')}</h3>
    <div class="row">${tabs(t('bodies'), state.how, [['tree', t('tree')], ['pretty', t('pretty')], ['raw', t('raw')], ...(first ? [['diff', t('diff')]] : [])], key => { state.how = key; })}</div>
    ${state.how === 'diff' && first ? diffView(message, first) : html`<div class="halves">${received}${forwarded}</div>`}</section>`;
}

const tableOf = values => html`<dl class="facts">${Object.entries(values).map(([name, value]) => html`<div><dt>${name}</dt><dd>${typeof value === 'object' ? JSON.stringify(value) : value}</dd></div>`)}</dl>`;

/** Lifelines and arrows; the list beside it says the same in words. */
function sequence(events) {
  const ends = [...new Set(events.flatMap(one => [one.sender, one.recipient ?? '?']))];
  const step = 34, width = Math.max(1, ends.length - 1) * 170 + 150, x = end => 75 + ends.indexOf(end ?? '?') * 170;
  const height = 34 + events.length * step;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('conversation')}><svg class="sequence" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} aria-hidden="true">
    ${ends.map(end => svg`<text x=${x(end)} y="14" text-anchor="middle">${short(end)}</text><line class="life" x1=${x(end)} x2=${x(end)} y1="22" y2=${height}/>`)}
    ${events.map((one, i) => {
      const y = 46 + i * step, from = x(one.sender), to = x(one.recipient), turn = to >= from ? -1 : 1;
      return svg`<g class=${`${one.outcome} ${one.relation}`}><line class="arrow" x1=${from} x2=${to} y1=${y} y2=${y}/><path class="tip" d=${`M${to} ${y}l${turn * 8} -4v8z`}/><text x=${(from + to) / 2} y=${y - 5} text-anchor="middle">${one.type ?? one.relation}</text></g>`;
    })}</svg></div>`;
}

function conversation(message) {
  const own = { ...message, relation: 'self' };
  const events = [own, ...message.conversation].sort((one, other) => one.at.localeCompare(other.at));
  return html`<section><h3>${t('conversation')}</h3>${events.length === 1 ? html`<p>${t('nothing')}</p>` : html`${sequence(events)}
    <ol class="related">${events.map(one => html`<li class=${one.relation === 'self' ? 'self' : ''}><time datetime=${one.at}>${clockTime(one.at)}</time> <strong>${one.type ?? '?'}</strong> ${short(one.sender)} → ${short(one.recipient)}
      <span class="relation">${t(one.relation)}</span> ${journal.rows.has(one.id) || one.id ? badge(one.outcome) : html`<span class="badge error">${t(one.outcome)}</span>`}
      ${one.id && one.relation !== 'self' ? html`<a href=${link('messages', { id: one.id })}>${t('opened')} ${one.id}</a>` : nothing}</li>`)}</ol>`}</section>`;
}

export function messageView(id) {
  if (state.id !== id) { state.message = null; load(id); }
  const { message } = state;
  const inside = message ? openedView(message) : html`<p>${state.missing || t('loading')}</p>`;
  return html`<aside class="detail-pane" aria-labelledby="opened" @keydown=${event => { if (event.key === 'Escape') close(); }}>
    <div class="row top"><h2 id="opened" tabindex="-1">${message?.type ?? ''} <span class="muted">${id}</span></h2><button type="button" class="quiet" @click=${close} aria-label=${t('close')}>✕</button></div>${inside}</aside>`;
}

function openedView(message) {
  const refused = message.errorCode || message.errorCause;
  return html`<p class="summary">${badge(message.outcome)} <code>${message.sender}</code> → <code>${message.recipient ?? '?'}</code></p>
    <p class="muted">${dateTime(message.at)} · ${message.vhost} · ${message.kind ?? ''} · <code>${message.distributionID ?? ''}</code></p>
    ${actions(message)}
    ${refused ? html`<section class="why"><h3>${t('why')}</h3>${causeView(message)}</section>` : nothing}
    ${trace(message)}${conversation(message)}${bodies(message)}
    <section><h3>${t('properties')}</h3>${tableOf(message.properties)}${message.forwarded.map(one => html`<h4>${t('forwarded')}</h4>${tableOf(one.properties)}`)}</section>`;
}
