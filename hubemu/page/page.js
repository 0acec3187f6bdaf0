// What every view shares.
import { html, nothing } from './lit-html.js';
import { call, newestRows, get } from './api.js';
import { language, t } from './words.js';

export * from './api.js';

/** Server-sent events by `fetch`, which can bear the token; ends when the Hub does or on abort. */
async function stream(path, signal, tell, open) {
  const answer = await call('GET', path, undefined, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    open();
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1];
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (name) tell(name, JSON.parse(data));
    }
  }
}

// --- The rows of the journal: the newest at once, the rest after, then each change.

const AT_ONCE = 2000;
const MOST = 10000;
const number = id => +id.slice(1);

export const journal = { rows: new Map(), order: [], version: 0, live: false, loaded: false, refusals: 0 };
const listeners = new Set();
let told = new Set(); // ids of rows that the stream has told since it began
/** Be told of each row that has changed; gives what ends it. */
export const onRow = call => { listeners.add(call); return () => listeners.delete(call); };

function putRow(row) {
  const known = journal.rows.has(row.id);
  journal.rows.set(row.id, row);
  told.add(row.id);
  if (known) return;
  const { order } = journal;
  const last = !order.length || number(row.id) > number(order.at(-1));
  order.push(row.id);
  if (!last) order.sort((one, other) => number(one) - number(other));
  while (order.length > MOST) journal.rows.delete(order.shift());
}

function changed() {
  journal.version++;
  redraw();
}

function keep(rows) {
  for (const id of told) if (journal.rows.has(id)) rows.set(id, journal.rows.get(id));
  journal.order = [...rows.keys()].sort((one, other) => number(one) - number(other)).slice(-MOST);
  journal.rows = new Map(journal.order.map(id => [id, rows.get(id)]));
  changed();
}

let era = 0; // how often everything was forgotten
export function forget() {
  era++;
  journal.rows = new Map();
  journal.order = [];
  changed();
}

async function loadNewest() {
  const newest = await newestRows();
  keep(new Map(newest.messages.map(row => [row.id, row])));
  journal.loaded = true;
  redrawNow();
}

/** Everything the Hub holds; what the stream told meanwhile wins. */
async function load() {
  const all = new Map(), own = era;
  for (let after; ;) {
    const page = await get('/api/v1/messages', { limit: AT_ONCE, after });
    for (const row of page.messages) all.set(row.id, row);
    if (!page.next) break;
    after = page.next;
  }
  if (own !== era) return load();
  keep(all);
}

function tell(name, data) {
  if (name === 'message') {
    putRow(data);
    for (const call of listeners) call(data);
  } else if (name === 'forgotten') forget();
  else if (name === 'missed') load().catch(() => {});
  else if (name === 'refusal') journal.refusals++;
  changed();
}

let following = null;
async function follow() {
  const own = following = new AbortController();
  for (let wait = 500; !own.signal.aborted; wait = Math.min(wait * 2, 8000)) {
    try {
      told = new Set();
      const first = journal.rows.size ? null : loadNewest();
      let open;
      const opened = new Promise(go => { open = go; });
      const ending = stream('/api/v1/messages/stream', own.signal, tell, open);
      await Promise.race([opened, ending]); // then no change falls between the rows and the stream
      await first;
      if (first) await painted();
      await load();
      journal.live = true;
      wait = 500;
      changed();
      await ending;
    } catch { /* asked again below */ }
    if (own.signal.aborted) return;
    journal.live = false;
    changed();
    await new Promise(go => setTimeout(go, wait));
  }
}

/** A hidden page lets its connection go: a browser has six for each Hub. */
export function followJournal() {
  const visible = () => {
    if (document.hidden) { following?.abort(); following = null; } else if (!following) follow();
  };
  document.addEventListener('visibilitychange', visible);
  visible();
}

let draw = () => {};
let wanted = false;
export const onDraw = call => { draw = call; };

const soon = call => (document.hidden ? queueMicrotask : requestAnimationFrame)(call); // hidden, it draws no frames and must still follow

/** Draw once before the next frame. */
export function redraw() {
  if (wanted) return;
  wanted = true;
  soon(() => { if (wanted) redrawNow(); });
}

/** Draw at once what somebody waits for. */
export function redrawNow() {
  wanted = false;
  draw();
}

/** When what was drawn is in sight: the rest, for which nobody waits, comes after. */
export const painted = () => new Promise(go => soon(() => setTimeout(go)));

export const address = { view: 'messages', params: new URLSearchParams() };
export function readAddress() {
  const [view, params] = location.hash.replace(/^#\/?/, '').split('?');
  address.view = view || 'messages';
  address.params = new URLSearchParams(params);
}
export function link(view, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  return `#/${view}${given.length ? `?${new URLSearchParams(given)}` : ''}`;
}
/** Change the address; `null` takes a parameter away. */
export function setParams(changes, { replace = true } = {}) {
  const params = Object.fromEntries(address.params);
  Object.assign(params, changes);
  const hash = link(address.view, params);
  if (replace) history.replaceState(null, '', hash); else history.pushState(null, '', hash);
  readAddress();
  redrawNow();
}

/** Focus what is drawn by then, or soon: its module may still be on its way. */
export const focusSoon = id => tryFocus(focusOn = id, 150);
let focusOn;
const tryFocus = (id, left) => requestAnimationFrame(() => requestAnimationFrame(() => {
  if (focusOn !== id) return;
  const element = document.getElementById(id);
  if (element) element.focus({ preventScroll: true });
  else if (left) tryFocus(id, left - 1);
}));

export function openMessage(id) {
  setParams({ id }, { replace: false });
  focusSoon('opened');
}

export const clockTime = at => `${new Date(at).toTimeString().slice(0, 8)}.${at.slice(20, 23)}`;
export const dateTime = at => new Date(at).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' });
export const day = at => new Date(at).toLocaleDateString(language(), { dateStyle: 'medium' });
export const short = id => (id ?? '?').replace(/^fr\.(health|fire)\./, '');

const MARKS = { held: '‖', routed: '→', delivered: '✓', acknowledged: '✓✓', rejected: '✕', 'dead-lettered': '†', dropped: '∅', waiting: '•', refused: '✕', requeued: '↩', returned: '↩', sending: '…' };
/** An outcome: a mark, a word, a colour; the API's own word is kept for whoever searches for it. */
export const badge = outcome => html`<span class="badge ${outcome}"><span aria-hidden="true">${MARKS[outcome] ?? '•'}</span> ${t(outcome)}<span hidden> ${outcome}</span></span>`;

export const stamp = at => html`<time datetime=${at}>${clockTime(at)}</time>`;
export const codeOf = ({ statusCode, statusString }) => `${statusCode} ${statusString}`;
export const muted = words => html`<p class="muted">${words}</p>`;
export const check = (words, on, change) => html`<label class="check"><input type="checkbox" .checked=${on} @change=${event => change(event.target.checked)}> ${words}</label>`;
/** What may be wider than the page, for the keyboard too. */
export const scroller = (label, inside) => html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>${inside}</div>`;
export const table = (label, heads, rows) => scroller(label, html`<table><thead><tr>${heads.map(one => html`<th>${one}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`);

export const select = (label, value, choices, change, none) => html`<label class="field"><span>${label}</span>
  <select aria-label=${label} .value=${value ?? ''} @change=${event => change(event.target.value)}>
    ${none === undefined ? nothing : html`<option value="" ?selected=${!value}>${none}</option>`}
    ${choices.map(choice => {
      const [key, words] = Array.isArray(choice) ? choice : [choice, choice];
      return html`<option value=${key} ?selected=${key === value}>${words}</option>`;
    })}
  </select></label>`;

const notice = { words: '', bad: false, at: 0 };
export function say(words, bad = false) {
  Object.assign(notice, { words, bad, at: Date.now() });
  redraw();
  setTimeout(() => { if (Date.now() - notice.at > 5900) { notice.words = ''; redraw(); } }, 6000);
}
export const fail = error => say(error instanceof TypeError ? t('offline') : error.message, true); // fetch says in the browser's words that nobody is there
export const noticeView = () => html`<div class="notice ${notice.bad ? 'bad' : ''}" role="status" aria-live="polite" ?data-shown=${!!notice.words}>${notice.words}</div>`;

export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    say(t('copied'));
  } catch {
    prompt(t('copyFailed'), words);
  }
}

export function download(name, words, type = 'application/json') {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(new Blob([words], { type }));
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
}

export const later = (call, ms) => {
  let timer;
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => call(...args), ms); };
};

export function parse(body) {
  try { return JSON.parse(body); } catch { return undefined; }
}
export const isXml = body => /^\s*</.test(body);
