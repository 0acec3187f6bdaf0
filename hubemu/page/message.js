// One message opened.
import { html, nothing, svg } from './lit-html.js';
import { badge, check, codeOf, copy, dateTime, download, fail, focusSoon, get, isXml, journal, link, muted, onRow, openMessage, parse, post, redraw, say, scroller, select, setParams, short, stamp, table, text } from './page.js';
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

const state = { id: null, message: null, missing: '', side: 'received', how: 'tree', anonymous: false };

function close() {
  const { id } = state;
  setParams({ id: '' });
  focusSoon(`row-${id}`);
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

async function exportConversation({ id }) {
  download(`conversation-${id}.json`, await text(`/api/v1/messages/${id}/conversation`, { identities: state.anonymous ? 'replaced' : '' }));
}

function actions(message) {
  const chosen = name => { if (name) copy(state.recipes[name]); };
  return html`<div class="row actions">
    ${select(t('copyAs'), '', Object.keys(state.recipes).map(one => [one, t(one)]), chosen, '…')}
    <button ?disabled=${message.encoding !== 'utf-8'} @click=${() => again(message).catch(fail)}>${t('again')}</button>
    <a class="button" href=${link('lrm', { from: message.id })}>${t('edit')}</a>
    <button @click=${() => exportConversation(message).catch(fail)}>${t('exportIt')}</button>
    ${check(t('anonymous'), state.anonymous, on => { state.anonymous = on; redraw(); })}
  </div>`;
}

export const causeView = ({ errorCode, errorCause, problems, spec, mend }) => html`
  <p class="code">${errorCode ? html`<strong>${codeOf(errorCode)}</strong>` : nothing} ${spec ? html`<span class="spec">${t('spec')} : ${spec}</span>` : nothing}</p>
  <pre class="told" tabindex="0">${errorCause}</pre>
  ${mend ? html`<p><strong>${t('mend')}</strong> : ${mend}</p>` : nothing}
  ${problems.length ? table(t('place'), [t('place'), t('rule'), t('expected'), t('got')], problems.map(one => html`<tr><td><code>${one.path.replace(/^\$\.content\[0\]\.jsonContent\.embeddedJsonContent\.message\./, '')}</code></td><td>${one.rule}</td><td>${one.expected ?? ''}</td><td>${one.got ?? ''}</td></tr>`)) : nothing}`;

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

const tabs = (name, value, choices, change) => html`<div class="tabs" role="group" aria-label=${name}>${choices.map(([key, words]) => html`<button aria-pressed=${key === value} @click=${() => { change(key); redraw(); }}>${words}</button>`)}</div>`;

function bodyView(body, encoding, faults) {
  if (encoding !== 'utf-8' || state.how === 'raw') return html`<pre class="body" tabindex="0">${body}</pre>`;
  const tree = state.how === 'tree' && !isXml(body) ? parse(body) : undefined;
  return tree === undefined ? prettyView(body, faults) : html`<ul class="tree">${treeView(tree, faults)}</ul>`;
}

function diffView(message, copy) {
  const found = differences(message.body, copy.body);
  return found.length ? table(t('diff'), [t('place'), t('received'), t('forwarded')], found.map(one => html`<tr><td><code>${one.place}</code></td><td class="old">${one.before ?? '—'}</td><td class="new">${one.after ?? '—'}</td></tr>`)) : html`<p>${t('sameBody')}</p>`;
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
  return scroller(t('conversation'), html`<svg class="sequence" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} aria-hidden="true">
    ${ends.map(end => svg`<text x=${x(end)} y="14" text-anchor="middle">${short(end)}</text><line class="life" x1=${x(end)} x2=${x(end)} y1="22" y2=${height}/>`)}
    ${events.map((one, i) => {
      const y = 46 + i * step, from = x(one.sender), to = x(one.recipient), turn = to >= from ? -1 : 1;
      return svg`<g class=${`${one.outcome} ${one.relation}`}><line class="arrow" x1=${from} x2=${to} y1=${y} y2=${y}/><path class="tip" d=${`M${to} ${y}l${turn * 8} -4v8z`}/><text x=${(from + to) / 2} y=${y - 5} text-anchor="middle">${one.type ?? one.relation}</text></g>`;
    })}</svg>`);
}

function conversation(message) {
  const own = { ...message, relation: 'self' };
  const events = [own, ...message.conversation].sort((one, other) => one.at.localeCompare(other.at));
  return html`<section><h3>${t('conversation')}</h3>${events.length === 1 ? html`<p>${t('nothing')}</p>` : html`${sequence(events)}
    <ol class="related">${events.map(one => html`<li class=${one.relation === 'self' ? 'self' : ''}>${stamp(one.at)} <strong>${one.type ?? '?'}</strong> ${short(one.sender)} → ${short(one.recipient)}
      <span class="relation">${t(one.relation)}</span> ${journal.rows.has(one.id) || one.id ? badge(one.outcome) : html`<span class="badge error">${t(one.outcome)}</span>`}
      ${one.id && one.relation !== 'self' ? html`<a href=${link('messages', { id: one.id })}>${t('opened')} ${one.id}</a>` : nothing}</li>`)}</ol>`}</section>`;
}

export function messageView(id) {
  if (state.id !== id) { state.message = null; load(id); }
  const { message } = state;
  const inside = message ? openedView(message) : html`<p>${state.missing || t('loading')}</p>`;
  return html`<aside class="detail-pane" aria-labelledby="opened" @keydown=${event => { if (event.key === 'Escape') close(); }}>
    <div class="row top"><h2 id="opened" tabindex="-1">${message?.type ?? ''} <span class="muted">${id}</span></h2><button class="quiet" @click=${close} aria-label=${t('close')}>✕</button></div>${inside}</aside>`;
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
