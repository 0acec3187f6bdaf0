// The test LRM.
import { formView } from './form.js';
import { html, nothing } from './lit-html.js';
import { causeView, linesOf } from './message.js';
import { address, badge, check, codeOf, fail, get, isXml, journal, later, link, muted, parse, post, put, redraw, remove, say, select, setParams, short, stamp, text } from './page.js';
import { language, t } from './words.js';

const MOST_SHOWN = 50;
const state = {
  hub: null, me: 'fr.health.samuA', peer: 'fr.health.samuB', vhost: '15-15_v2.0', type: 'RS-EDA', offered: null,
  example: '', body: '', asForm: false, schema: null, verdict: null, judging: false, freshen: true, busy: false,
  sent: JSON.parse(sessionStorage.getItem('hubemu.sent') ?? '[]'), inboxes: [], deliveries: new Map(), next: 0, ask: null, following: false, unseen: false,
};

const clients = () => [...new Set(state.hub.clients.flatMap(one => one.actsFor))];
const allowed = () => state.hub.vhosts.find(one => one.name === state.vhost)?.types ?? [];
const written = () => (isXml(state.body) ? 'xml' : 'json');
const inboxOf = (id, vhost) => state.inboxes.find(one => one.as === id && one.vhost === vhost && one.open);

async function offer() {
  state.offered = await get('/api/v1/examples', { vhost: state.vhost });
  if (!allowed().includes(state.type)) state.type = allowed()[0];
  await readSchema();
}

async function readSchema() {
  state.schema = await get(`/api/v1/schemas/${state.type}`, { vhost: state.vhost });
  redraw();
}

async function fill(example) {
  state.example = example;
  const drawn = example === 'minimal' || example === 'full';
  const asked = { vhost: state.vhost, as: state.me, to: state.peer, extent: drawn ? example : '' };
  const body = await text(`/api/v1/examples/${drawn ? state.type : example}`, asked);
  write(linesOf(body).join('\n'));
}

function write(body) {
  state.body = body;
  state.verdict = null;
  state.judging = !!body;
  judgeSoon();
  redraw();
}

let asked = 0;
async function judge() {
  const own = ++asked;
  if (!state.body.trim()) { state.verdict = null; state.judging = false; return redraw(); }
  try {
    const verdict = await post('/api/v1/check', { vhost: state.vhost, as: state.me, body: state.body, format: written() });
    if (own === asked) Object.assign(state, { verdict, judging: false });
  } catch (error) { state.judging = false; fail(error); }
  redraw();
}
const judgeSoon = later(judge, 250);

const moment = shift => new Date(Date.parse(state.hub.now) + Date.now() - state.hub.read + shift).toISOString().slice(0, 19) + '+00:00';
const inner = tree => tree?.content?.[0]?.jsonContent?.embeddedJsonContent?.message;

/** Say in envelope and header who writes to whom, with new ids and dates. */
function addressed(tree) {
  if (!tree?.descriptor) return tree;
  const id = `${state.me}_${crypto.randomUUID?.() ?? Date.now().toString(36) + Math.random().toString(36).slice(2)}`, now = moment(0);
  Object.assign(tree, { distributionID: id, senderID: state.me, dateTimeSent: now, dateTimeExpires: moment(864e5) });
  tree.descriptor.explicitAddress = { explicitAddressScheme: 'hubex', ...tree.descriptor.explicitAddress, explicitAddressValue: state.peer };
  const message = inner(tree);
  if (message?.messageId) {
    Object.assign(message, { messageId: id, sentAt: now, sender: { name: state.me, URI: `hubex:${state.me}` } });
    message.recipient = [{ name: state.peer, URI: `hubex:${state.peer}` }];
  }
  return tree;
}

function readdress() {
  const tree = parse(state.body);
  if (tree) write(JSON.stringify(addressed(tree), null, 2)); else judgeSoon();
}

async function choose(changes) {
  const before = { ...state };
  if (changes.me === state.peer) changes.peer = state.me; // one plays the other side now
  Object.assign(state, changes);
  setParams({ as: state.me, to: state.peer, vhost: state.vhost, type: state.type });
  try {
    if (state.vhost !== before.vhost) await offer();
    else if (state.type !== before.type) await readSchema();
    const other = state.vhost !== before.vhost || state.type !== before.type;
    if (other) await fill('minimal'); else readdress();
    if (state.me !== before.me || state.vhost !== before.vhost) await join(state.me);
  } catch (error) { fail(error); }
}

/** Connect unless another program reads the queues already: its messages are not ours to share. */
async function join(id, insist = false) {
  if (inboxOf(id, state.vhost)) return;
  await readHub();
  const queue = state.hub.vhosts.find(one => one.name === state.vhost)?.queues[`${id}.message`];
  state.ask = !insist && queue?.consumers ? id : null;
  if (state.ask) return redraw();
  await post('/api/v1/inboxes', { as: id, vhost: state.vhost });
  listen();
}

async function listen() {
  state.unseen = true; // an answer that is under way may be from before
  if (state.following) return;
  state.following = true;
  try {
    while (state.unseen || state.inboxes.length) {
      const wait = state.unseen ? 0 : 25;
      state.unseen = false;
      const news = await get('/api/v1/inboxes', { after: state.next, wait });
      if (news.next < state.next) state.deliveries.clear(); // another Hub than before
      state.next = news.next;
      state.inboxes = news.inboxes;
      for (const one of news.deliveries) state.deliveries.set(one.number, one);
      redraw();
    }
  } catch (error) {
    state.next = 0;
    setTimeout(listen, 2000);
  } finally { state.following = false; }
}

async function leave(inbox) {
  await remove(`/api/v1/inboxes/${inbox.id}`).catch(fail);
  for (const [number, one] of state.deliveries) if (one.inbox === inbox.id) state.deliveries.delete(number);
  state.inboxes = state.inboxes.filter(one => one.id !== inbox.id);
  redraw();
}

async function settle(delivery, action) {
  const one = await post(`/api/v1/inboxes/${delivery.inbox}/deliveries/${delivery.number}`, { action });
  state.deliveries.set(one.number, one);
  redraw();
}

function reply(delivery, inbox) {
  Object.assign(state, { me: inbox.as, peer: delivery.sender, vhost: inbox.vhost });
  readdress();
  document.getElementById('compose')?.scrollIntoView();
  document.getElementById('compose')?.focus();
  redraw();
}

async function send() {
  if (state.busy) return;
  state.busy = true;
  redraw();
  try {
    await join(state.me);
    const type = written() === 'xml' ? 'application/xml' : 'application/json';
    const { id } = await post('/api/v1/messages', { as: state.me, vhost: state.vhost, contentType: type, body: state.body });
    const distribution = parse(state.body)?.distributionID ?? /<distributionID>([^<]*)/.exec(state.body)?.[1];
    state.sent = [{ id, distribution, sender: state.me, recipient: state.peer, type: state.type, at: new Date().toISOString() }, ...state.sent].slice(0, MOST_SHOWN);
    sessionStorage.setItem('hubemu.sent', JSON.stringify(state.sent));
    say(`${t('sent')} : ${state.type} → ${short(state.peer)}`);
    if (state.freshen && written() === 'json') readdress();
  } catch (error) { fail(error); }
  state.busy = false;
  redraw();
}

function exampleSelect() {
  const cases = (state.offered?.examples ?? []).filter(one => one.type === state.type);
  return html`<label class="field grow"><span>${t('example')}</span><select aria-label=${t('example')} .value=${state.example} @change=${event => event.target.value && fill(event.target.value).catch(fail)}>
    <option value="">${t('paste')}</option><option value="minimal" ?selected=${state.example === 'minimal'}>${t('minimal')}</option><option value="full" ?selected=${state.example === 'full'}>${t('full')}</option>
    ${cases.length ? html`<optgroup label=${t('cases')}>${cases.map(one => html`<option value=${one.name} ?selected=${state.example === one.name}>${one.title[language()]}</option>`)}</optgroup>` : nothing}</select></label>`;
}

function editor() {
  if (!state.asForm) {
    return html`<label class="field"><span>${t('text')}</span><textarea aria-label=${t('text')} spellcheck="false" rows="18" .value=${state.body} @input=${event => { state.example = ''; write(event.target.value); }}></textarea></label>`;
  }
  const tree = parse(state.body), message = inner(tree), key = state.schema?.key;
  if (!message?.[key]) return html`<p class="empty">${t('formNeeds')}</p>`;
  const path = `$.content[0].jsonContent.embeddedJsonContent.message.${key}`;
  return html`<div class="form">${formView(key, message[key], state.schema, path, state.verdict?.problems ?? [], () => write(JSON.stringify(tree, null, 2)))}</div>`;
}

function verdictView() {
  const { verdict } = state;
  return html`<div class="verdict ${verdict ? (verdict.accepted ? 'good' : 'bad') : ''}" role="status" aria-live="polite"><strong>${t('judged')}</strong> :
    ${state.judging ? t('judging') : !verdict ? '—' : verdict.accepted ? html`${t('wouldAccept')} → <code>${verdict.queue}</code>` : html`${t('wouldRefuse')}${causeView(verdict)}`}</div>`;
}

function composeView() {
  const everyone = clients().map(id => [id, id]);
  return html`<section class="card compose"><h2 id="compose" tabindex="-1">${t('compose')}</h2>
    <div class="row">${select(t('iam'), state.me, everyone, me => choose({ me }))}${select(t('iwrite'), state.peer, everyone, peer => choose({ peer }))}</div>
    <div class="row">${select('vHost', state.vhost, state.hub.vhosts.map(one => [one.name, one.name]), vhost => choose({ vhost }))}${select(t('type'), state.type, allowed(), type => choose({ type }))}</div>
    <div class="row">${exampleSelect()}<button aria-pressed=${state.asForm} @click=${() => { state.asForm = !state.asForm; redraw(); }}>${t('form')}</button></div>
    ${editor()}${verdictView()}
    <div class="row"><button class="primary" ?disabled=${!state.body.trim()} aria-busy=${state.busy} @click=${send}>${t('send')}</button>
      ${check(t('freshen'), state.freshen, on => { state.freshen = on; })}</div></section>`;
}

function sentView() {
  const came = [...state.deliveries.values()].filter(one => one.reference);
  return html`<section class="card"><h2>${t('sentList')}</h2>${state.sent.length ? html`<ol class="sent">${state.sent.map(one => {
    let row = journal.rows.get(one.id);
    if (row?.distributionID && row.distributionID !== one.distribution) row = null;
    if (row) one.outcome = row.outcome; // what is known of it, should the journal forget it
    const about = came.filter(other => one.distribution && other.reference === one.distribution);
    return html`<li>${stamp(one.at)} <strong>${row?.type ?? one.type}</strong> ${short(one.sender)} → ${short(one.recipient)} ${badge(about.some(other => !other.errorCode) ? 'acknowledged' : one.outcome ?? 'sending')}
      ${row ? html`<a href=${link('messages', { id: one.id })}>${row.errorCode ? t('inJournal') : t('opened')}</a>` : nothing}
      ${row?.errorCode ? html`<p class="note">${codeOf(row.errorCode)}</p>` : nothing}
      ${row?.outcome === 'routed' && !state.inboxes.some(other => other.open && other.as === one.recipient && other.vhost === row.vhost) ? html`<p class="muted small">${t('nobodyReads', short(one.recipient))}</p>` : nothing}
      ${about.map(other => html`<p class=${other.errorCode ? 'note' : 'ack'}>${other.errorCode ? `✕ ${t('infoBy')} : ${codeOf(other.errorCode)}` : `✓✓ ${t('refBy')} · ${short(other.sender)}`} ${stamp(other.at)}</p>`)}</li>`;
  })}</ol>` : muted(t('none'))}</section>`;
}

let pressed = null; // the number of the delivery that a pointer went down on
function deliveryView(delivery, inbox) {
  const waiting = delivery.state === 'waiting' && inbox.open;
  const answerable = delivery.queue.endsWith('.message') && delivery.kind !== 'Ack' && delivery.kind !== 'Error';
  const id = `d-${delivery.number}`;
  const press = () => { pressed = delivery.number; };
  // The list may move between press and release: what was pressed is meant. A key presses nothing.
  const act = (event, action) => { if (!event.detail || pressed === delivery.number) settle(delivery, action).catch(fail); };
  const button = (words, action, name = '') => html`<button class=${name} aria-describedby=${id} @pointerdown=${press} @click=${event => act(event, action)}>${words}</button>`;
  return html`<li class="delivery"><p id=${id}>${stamp(delivery.at)} <code class="from">.${delivery.queue.split('.').at(-1)}</code> <strong>${contentName(delivery)}</strong> ${short(delivery.sender)} ${badge(delivery.state)}</p>
    ${delivery.errorCode ? html`<p class="note">${codeOf(delivery.errorCode)}</p><pre class="told" tabindex="0">${delivery.errorCause}</pre>` : nothing}
    <div class="row">${waiting ? html`${answerable ? button(t('ackIt'), 'acknowledge', 'primary') : button(t('takeIt'), 'ack')}${answerable ? button(t('refuseIt'), 'refuse') : nothing}` : nothing}
      ${answerable ? html`<button class="quiet" aria-describedby=${id} @click=${() => reply(delivery, inbox)}>${t('reply')}</button>` : nothing}</div>
    <details><summary>${t('show')}</summary><pre class="body" tabindex="0">${linesOf(delivery.body).join('\n')}</pre></details></li>`;
}

/** The name of the type, which the journal knows by the message's id; else the key of the content. */
function contentName(delivery) {
  if (delivery.reference && !delivery.errorCode) return 'RC-REF';
  const row = names().get(delivery.distributionID);
  return row ?? delivery.content ?? '?';
}
let known = { version: -1, map: new Map() };
function names() {
  if (known.version !== journal.version) known = { version: journal.version, map: new Map([...journal.rows.values()].map(row => [row.distributionID, row.type])) };
  return known.map;
}

function stationView(inbox) {
  const all = [...state.deliveries.values()].filter(one => one.inbox === inbox.id).sort((one, other) => other.number - one.number);
  return html`<section class="card station" aria-label=${`${inbox.as} ${inbox.vhost}`}><div class="row top"><h3>${inbox.as} <span class="muted">${inbox.vhost}</span></h3><span class="badge ${inbox.open ? 'delivered' : 'rejected'}">${inbox.open ? t('connected') : t('ended')}</span></div>
    ${inbox.why ? html`<p class="note">${inbox.why}</p>` : nothing}
    <div class="row">${inbox.open ? check(t('auto'), inbox.auto, auto => put(`/api/v1/inboxes/${inbox.id}`, { auto }).catch(fail)) : nothing}
      <button class="quiet" @click=${() => leave(inbox)}>${inbox.open ? t('leave') : t('close')}</button></div>
    ${all.length > MOST_SHOWN ? muted(t('newest', MOST_SHOWN)) : nothing}
    ${all.length ? html`<ol class="deliveries">${all.slice(0, MOST_SHOWN).map(one => deliveryView(one, inbox))}</ol>` : muted(t('none'))}</section>`;
}

function stationsView() {
  const offers = [state.me, state.peer].filter((id, i, all) => all.indexOf(id) === i);
  const mine = one => (one.as === state.me && one.vhost === state.vhost ? 0 : 1);
  return html`<section class="stations"><h2>${t('stations')}</h2>
    ${state.ask ? html`<p class="warn">${t('takenNote', state.ask)}</p>` : nothing}
    <div class="row">${/* Each keeps its place: one that moves away from under a pointer is never clicked. */ offers.map(id => html`<button ?disabled=${!!inboxOf(id, state.vhost)} @click=${() => join(id, true).catch(fail)}>${t('connectAs', short(id))}</button>`)}</div>
    ${state.inboxes.length ? [...state.inboxes].sort((one, other) => mine(one) - mine(other)).map(stationView) : muted(t('stationNone'))}</section>`;
}

export function view() {
  if (!state.hub) return html`<p class="empty">${t('loading')}</p>`;
  return html`<h1 class="sr">${t('lrm')}</h1><div class="lrm"><div>${composeView()}${sentView()}</div>${stationsView()}</div>`;
}

async function readHub() {
  const [hub, clock] = await Promise.all([get('/api/v1/hub'), get('/api/v1/clock')]);
  state.hub = { ...hub, now: clock.now, read: Date.now() };
}

export async function enter() {
  try {
    await readHub();
    const given = Object.fromEntries(address.params);
    if (clients().includes(given.as)) state.me = given.as;
    if (clients().includes(given.to)) state.peer = given.to;
    if (state.hub.vhosts.some(one => one.name === given.vhost)) state.vhost = given.vhost;
    if (!state.hub.vhosts.some(one => one.name === state.vhost)) state.vhost = state.hub.vhosts[0].name;
    if (given.type) state.type = given.type;
    if (given.from) await take(given.from);
    await offer();
    listen(); // what is open already is shown; nothing is opened by looking
    if (!state.body) await fill('minimal');
    redraw();
  } catch (error) { fail(error); }
}

/** To be changed and sent again. */
async function take(id) {
  const message = await get(`/api/v1/messages/${id}`);
  Object.assign(state, { me: message.sender, vhost: message.vhost, type: message.type ?? state.type, example: '' });
  if (clients().includes(message.recipient)) state.peer = message.recipient;
  write(linesOf(message.body).join('\n'));
  setParams({ from: '', as: state.me, to: state.peer, vhost: state.vhost, type: state.type });
}
