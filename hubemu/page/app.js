// The list of messages, filters in the address, only rows in sight drawn; and the page's frame.
import { html, nothing, render } from './lit-html.js';
import { address, badge, check, clockTime, codeOf, copy, fail, focusSoon, followJournal, forget, get, journal, later, link, noticeView, onDraw, onTokenWanted, openMessage, painted, readAddress, redraw, remove, select, setParams, short } from './page.js';
import { language, speak, t } from './words.js';

const OUTCOMES = ['held', 'routed', 'delivered', 'acknowledged', 'rejected', 'dead-lettered', 'dropped'];
const FILTERS = ['vhost', 'client', 'type', 'outcome'];
const SPARE = 8; // rows drawn beyond each edge
const state = { paused: null, top: 0, height: 800, found: null, searched: '', focus: null, folded: new Set(), heads: new Map() };
let cached = { key: '', ids: [] };

const param = name => address.params.get(name) ?? '';
const rowHeight = () => (innerWidth <= 720 ? 84 : 44);

/** The ids to show, newest first. */
function visible() {
  const rows = state.paused ?? journal;
  const key = [rows.version, address.params, state.searched, state.found?.size].join('|');
  if (cached.key !== key) cached = { key, ids: filtered(rows) };
  return cached.ids;
}

function filtered({ order, rows }) {
  const [vhost, client, type, outcome] = FILTERS.map(param);
  const found = param('q') ? state.found ?? new Set() : null;
  const ids = [];
  for (let i = order.length - 1; i >= 0; i--) {
    const row = rows.get(order[i]);
    if ((!vhost || row.vhost === vhost) && (!client || row.sender === client || row.recipient === client)
      && (!type || row.type === type) && (!outcome || row.outcome === outcome) && (!found || found.has(row.id))) ids.push(row.id);
  }
  return param('group') ? grouped(ids) : ids;
}

/** Messages of one case together, by the newest of each. */
function grouped(ids) {
  const groups = new Map();
  for (const id of ids) {
    const key = state.cases?.get(id) ?? id;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(id);
  }
  state.heads.clear();
  return [...groups].flatMap(([key, all]) => {
    if (all.length > 1) state.heads.set(all[0], { key, count: all.length });
    return state.folded.has(key) ? all.slice(0, 1) : all;
  });
}

function fold(id, on) {
  const { key } = state.heads.get(id) ?? {};
  if (!key) return;
  if (on) state.folded.add(key); else state.folded.delete(key);
  cached.key = '';
  redraw();
}

function foldView(id) {
  const { key, count } = state.heads.get(id) ?? {};
  if (!key) return nothing;
  const on = state.folded.has(key);
  return html`<button class="quiet small" tabindex="-1" aria-label=${t('fold')} aria-expanded=${!on} @click=${event => { event.stopPropagation(); fold(id, !on); }}>${on ? '▸' : '▾'} ${count}</button>`;
}

let search = 0;
/** Bodies are looked through by the Hub, which has them. */
async function find() {
  const q = param('q'), own = ++search;
  if (!q) { state.found = null; state.searched = ''; return redraw(); }
  const found = new Set(state.searched === q ? state.found : []);
  try {
    for (let after = state.searched === q ? state.until : undefined; ;) {
      const page = await get('/api/v1/messages', { q, limit: 10000, after });
      if (own !== search) return;
      for (const row of page.messages) found.add(row.id);
      if (!page.next) break;
      after = page.next;
    }
    Object.assign(state, { found, searched: q, until: journal.order.at(-1) });
    redraw();
  } catch (error) { fail(error); }
}
const findSoon = later(find, 120);
const findMore = later(find, 400);

async function readCases() {
  const { cases } = await get('/api/v1/messages/cases');
  state.cases = new Map(Object.entries(cases));
  cached.key = '';
  redraw();
}

let seen = 0;
function follow() {
  if (seen === journal.version) return;
  seen = journal.version;
  if (param('q')) findMore();
  if (param('group')) casesSoon();
}
const casesSoon = later(() => readCases().catch(fail), 300);

function pause() {
  state.paused = state.paused ? null : { rows: new Map(journal.rows), order: [...journal.order], version: journal.version };
  redraw();
}

async function clear() {
  if (!confirm(t('clearSure'))) return;
  await remove('/api/v1/messages').catch(fail);
  forget();
}

const names = key => [...new Set([...journal.rows.values()].flatMap(row => key(row)))].filter(Boolean).sort();
let lists = { version: -1 };
function choices() {
  if (lists.version !== journal.version) {
    lists = { version: journal.version, vhost: names(row => [row.vhost]), client: names(row => [row.sender, row.recipient]), type: names(row => [row.type]) };
  }
  return lists;
}

function filterBar(count) {
  const { vhost, client, type } = choices();
  const chosen = (name, all) => (param(name) && !all.includes(param(name)) ? [param(name), ...all] : all);
  const some = FILTERS.some(param) || param('q');
  return html`<form class="filters" role="search" aria-label=${t('filters')} @submit=${event => event.preventDefault()}>
    <label class="field grow"><span>${t('search')}</span><input type="search" aria-label=${t('search')} placeholder=${t('searchHint')} .value=${param('q')}
      @input=${event => { setParams({ q: event.target.value }); findSoon(); }}></label>
    ${select('vHost', param('vhost'), chosen('vhost', vhost), value => setParams({ vhost: value }), t('all'))}
    ${select(t('client'), param('client'), chosen('client', client).map(id => [id, short(id)]), value => setParams({ client: value }), t('all'))}
    ${select(t('type'), param('type'), chosen('type', type), value => setParams({ type: value }), t('all'))}
    ${select(t('outcome'), param('outcome'), OUTCOMES.map(one => [one, t(one)]), value => setParams({ outcome: value }), t('all'))}
    ${check(t('byCase'), !!param('group'), on => { setParams({ group: on ? '1' : '' }); if (on) readCases().catch(fail); })}
    <div class="row">
      <button type="button" aria-pressed=${!!state.paused} @click=${pause}>${state.paused ? t('resume') : t('pause')}</button>
      <button type="button" class="quiet" @click=${() => copy(location.href)}>${t('share')}</button>
      <button type="button" class="quiet" @click=${clear}>${t('clear')}</button>
      ${some ? html`<button type="button" class="quiet" @click=${() => { setParams({ q: '', vhost: '', client: '', type: '', outcome: '' }); find(); }}>${t('noFilters')}</button>` : nothing}
    </div>
    <p class="count" role="status">${t('count', count, journal.order.length)} · ${state.paused ? t('paused', journal.version - state.paused.version) : journal.live ? html`<span class="live">${t('live')}</span>` : t('offline')}</p>
  </form>`;
}

function rowView(id, position) {
  const row = (state.paused ?? journal).rows.get(id);
  if (!row) return nothing;
  const chosen = param('id') === id;
  const cause = row.errorCode ? `${codeOf(row.errorCode)} ${firstLine(row.errorCause)}` : '';
  const grouped = param('group') && state.cases?.get(id);
  return html`<div role="row" class="message ${chosen ? 'chosen' : ''}" id=${`row-${id}`} aria-rowindex=${position + 2} aria-selected=${chosen}
    tabindex=${(state.focus ?? visible()[0]) === id ? 0 : -1} @click=${() => openMessage(id)} @focus=${() => { state.focus = id; }}>
    <span role="gridcell" class="when"><time datetime=${row.at}>${clockTime(row.at)}</time></span>
    <span role="gridcell" class="vhost">${row.vhost}</span>
    <span role="gridcell" class="who"><span title=${row.sender}>${row.sender}</span> <span aria-hidden="true">→</span> <span title=${row.recipient}>${row.recipient ?? '?'}</span></span>
    <span role="gridcell" class="type" title=${row.type ?? nothing}>${row.type ?? '?'}</span>
    <span role="gridcell" class="kind">${row.kind ?? ''}</span>
    <span role="gridcell" class="what">${grouped ? foldView(id) : nothing}${badge(row.outcome)} <span class="cause">${cause}</span>${grouped ? html`<span class="case">${grouped}</span>` : nothing}</span>
  </div>`;
}

/** The first line that says something: the Hub's causes begin with a general one. */
function firstLine(cause) {
  const lines = (cause ?? '').split('\n').map(line => line.trim()).filter(Boolean);
  return lines.find(line => line.startsWith('- '))?.slice(2) ?? lines[0] ?? '';
}

function move(event) {
  const ids = visible(), page = Math.max(1, Math.floor(state.height / rowHeight()) - 1);
  const at = ids.indexOf(state.focus ?? ids[0]);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -ids.length, End: ids.length };
  if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); return openMessage(state.focus ?? ids[0]); }
  if (/^Arrow[LR]/.test(event.key)) fold(ids[at], event.key === 'ArrowLeft');
  if (!(event.key in steps) || !ids.length) return;
  event.preventDefault();
  focusRow(ids, Math.min(ids.length - 1, Math.max(0, at + steps[event.key])));
}

function focusRow(ids, at) {
  const list = document.getElementById('rows'), height = rowHeight();
  state.focus = ids[at];
  if (at * height < list.scrollTop) list.scrollTop = at * height;
  if ((at + 1) * height > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * height - list.clientHeight;
  state.top = list.scrollTop;
  redraw();
  focusSoon(`row-${ids[at]}`);
}

function scrolled(event) {
  state.top = event.target.scrollTop;
  state.height = event.target.clientHeight;
  redraw();
}

const emptyView = () => (journal.order.length
  ? html`<p class="empty">${t('noneFiltered')}</p>`
  : html`<div class="empty"><h2>${t('none')}</h2><p>${t('noneYet')}</p><p><a class="button" href=${link('lrm')}>${t('openLrm')}</a></p></div>`);

function view() {
  follow();
  const ids = visible(), height = rowHeight();
  const from = Math.max(0, Math.min(Math.floor(state.top / height) - SPARE, ids.length - 1));
  const to = Math.min(ids.length, from + Math.ceil(state.height / height) + 2 * SPARE);
  const shown = ids.slice(from, to).map((id, i) => rowView(id, from + i));
  requestAnimationFrame(() => {
    const space = document.getElementById('space'), window = document.getElementById('window');
    if (!space) return;
    space.style.height = `${ids.length * height}px`;
    window.style.transform = `translateY(${from * height}px)`;
    const list = document.getElementById('rows');
    if (list.clientHeight && list.clientHeight !== state.height) { state.height = list.clientHeight; redraw(); }
  });
  return html`<div class="split ${param('id') ? 'open' : ''}"><section class="pane" aria-label=${t('messages')}>
    <h1 class="sr">${t('messages')}</h1>${filterBar(ids.length)}
    ${ids.length || !journal.loaded ? html`<div class="table" role="grid" aria-label=${t('messages')} aria-rowcount=${ids.length + 1} @keydown=${move}>
      <div role="row" class="head" aria-rowindex="1">${[['when', t('time')], ['vhost', 'vHost'], ['who', t('route')], ['type', t('type')], ['kind', t('kind')], ['what', t('outcome')]]
        .map(([name, words]) => html`<span role="columnheader" class=${name}>${words}</span>`)}</div>
      <div id="rows" role="rowgroup" @scroll=${scrolled}><div id="space" role="presentation"><div id="window" role="presentation">${shown}</div></div></div>
    </div>` : emptyView()}</section>
    ${param('id') ? others?.message.messageView(param('id')) : nothing}</div>`;
}

const enter = () => { if (param('q')) find(); if (param('group')) readCases().catch(fail); };

const VIEWS = { messages: { view, enter }, lrm: null, hub: null };
let entered = null;
let others = null; // the modules that the first rows do not wait for
let coming;
let wanted = null; // what waits for the token

/** The chosen one, else the system's, which the style sheet follows by itself. */
function theme(next = localStorage.getItem('hubemu.theme')) {
  if (next) {
    localStorage.setItem('hubemu.theme', next);
    document.documentElement.style.colorScheme = next;
  }
  return next || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

function tokenView() {
  const done = event => {
    event.preventDefault();
    const go = wanted;
    wanted = null;
    go(event.target.elements.token.value.trim());
    redraw();
  };
  return html`<main id="main" class="token"><form class="card" @submit=${done}><h1>${t('token')}</h1><p>${t('tokenWhy')}</p>
    <label class="field"><span>${t('token')}</span><input name="token" type="password" autocomplete="off" required autofocus></label><button class="primary">${t('enter')}</button></form></main>`;
}

const tongue = (name, words) => html`<button lang=${name} aria-pressed=${language() === name} @click=${() => { speak(name); redraw(); }}>${words}</button>`;

function headerView() {
  return html`<a class="skip" href="#main" @click=${event => { event.preventDefault(); document.getElementById('main').focus(); }}>${t('skip')}</a>
    <header><span class="brand"><img src="/page/icon.svg" alt="" width="24" height="24"> hubemu</span>
    <nav aria-label=${t('views')}>${Object.keys(VIEWS).map(name => html`<a href=${link(name)} aria-current=${name === address.view ? 'page' : 'false'}>${t(name)}</a>`)}</nav>
    <span class="warning">${t('notReal')}</span>
    <div class="tools"><div class="tabs" role="group" aria-label=${t('language')}>${tongue('fr', 'Français')}${tongue('en', 'English')}</div>
    <button class="quiet" aria-label=${t('theme')} @click=${() => { theme(theme() === 'dark' ? 'light' : 'dark'); redraw(); }}>◐</button></div></header>`;
}

async function bring() {
  const [message, lrm, hub] = await Promise.all([import('./message.js'), import('./lrm.js'), import('./hub.js')]);
  others = { message };
  Object.assign(VIEWS, { lrm, hub });
  if (entered !== 'messages') VIEWS[entered].enter();
  redraw();
}
const bringOthers = () => { coming ??= bring().catch(error => { coming = null; fail(error); }); };

let patient = true; // rows that are here at once are the first thing drawn, not a table without them
setTimeout(() => { patient = false; redraw(); }, 100);

function draw() {
  if (patient && !journal.loaded && !wanted && entered === 'messages') return;
  const shown = VIEWS[address.view];
  document.title = `${t(address.view)} – hubemu`;
  render(html`${headerView()}${wanted ? tokenView() : html`<main id="main" tabindex="-1" class=${`view-${address.view}`}>${shown?.view() ?? html`<p class="empty">${t('loading')}</p>`}</main>`}${noticeView()}`, document.getElementById('app'));
  if (journal.loaded && coming === undefined) painted().then(bringOthers);
}

function go() {
  readAddress();
  if (!(address.view in VIEWS)) address.view = 'messages';
  if (entered !== address.view) VIEWS[entered]?.leave?.();
  entered = address.view;
  if (entered !== 'messages' || param('id')) bringOthers();
  VIEWS[entered]?.enter();
  redraw();
}

onDraw(draw);
onTokenWanted(() => new Promise(resolve => { wanted = resolve; redraw(); }));
addEventListener('hashchange', go);
addEventListener('popstate', () => { readAddress(); redraw(); });
addEventListener('resize', redraw);
theme();
followJournal();
go();
