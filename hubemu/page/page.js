// What every view shares.
import { html, nothing } from './lit-html.js';
import { language, t } from './words.js';

// --- Calls of the control API, with the token the user gives.
const KEY = 'hubemu.token';
let asking = null;
export let askForToken = () => Promise.reject(new Error('401'));
export const onTokenWanted = ask => { askForToken = ask; };

function options(method, body, signal) {
  const headers = {};
  const token = sessionStorage.getItem(KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  // 'omit': the browser itself never asks for a password.
  return { method, headers, signal, credentials: 'omit', cache: 'no-store', body: JSON.stringify(body) };
}

async function call(method, path, body, signal) {
  for (;;) {
    const answer = await fetch(path, options(method, body, signal));
    if (answer.status === 401) {
      asking ??= askForToken().then(token => { sessionStorage.setItem(KEY, token); asking = null; });
      await asking;
    } else if (!answer.ok) {
      const problem = await answer.json().catch(() => ({ detail: `${answer.status}` }));
      throw Object.assign(new Error(problem.detail), { status: answer.status });
    } else return answer;
  }
}

export const query = values => {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
};
const json = async answer => (answer.status === 204 ? null : answer.json());
export const get = async (path, values = {}, signal) => json(await call('GET', path + query(values), undefined, signal));
export const text = async (path, values = {}) => (await call('GET', path + query(values))).text();
export const post = async (path, body = {}) => json(await call('POST', path, body));
export const put = async (path, body) => json(await call('PUT', path, body));
export const remove = async path => json(await call('DELETE', path));

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

const FIRST = 60;
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

export function forget() {
  journal.rows = new Map();
  journal.order = [];
  changed();
}

async function loadNewest() {
  const newest = await get('/api/v1/messages', { latest: FIRST });
  keep(new Map(newest.messages.map(row => [row.id, row])));
  journal.loaded = true;
  redrawNow();
}

/** Everything the Hub holds; what the stream told meanwhile wins. */
async function load() {
  const all = new Map();
  for (let after; ;) {
    const page = await get('/api/v1/messages', { limit: AT_ONCE, after });
    for (const row of page.messages) all.set(row.id, row);
    if (!page.next) break;
    after = page.next;
  }
  keep(all);
}

function tell(name, data) {
  if (name === 'message') {
    putRow(data);
    for (const call of listeners) call(data);
  } else if (name === 'missed') load().catch(() => {});
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
const painted = () => new Promise(go => soon(() => setTimeout(go)));

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

export const clockTime = at => new Date(at).toLocaleTimeString(language(), { hour12: false }) + '.' + at.slice(20, 23);
export const dateTime = at => new Date(at).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' });
export const day = at => new Date(at).toLocaleDateString(language(), { dateStyle: 'medium' });
export const short = id => (id ?? '?').replace(/^fr\.(health|fire)\./, '');

const MARKS = { held: '‖', routed: '→', delivered: '✓', acknowledged: '✓✓', rejected: '✕', 'dead-lettered': '†', dropped: '∅', waiting: '•', refused: '✕', requeued: '↩', returned: '↩', sending: '…' };
/** An outcome: a mark, a word, a colour; the API's own word is kept for whoever searches for it. */
export const badge = outcome => html`<span class="badge ${outcome}"><span aria-hidden="true">${MARKS[outcome] ?? '•'}</span> ${t(outcome)}<span hidden> ${outcome}</span></span>`;

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
export const fail = error => say(error.message, true);
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
