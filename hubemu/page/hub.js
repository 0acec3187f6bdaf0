// The Hub at a glance.
import { check, dateTime, day, download, fail, forget, get, muted, post, put, redraw, remove, say, select, short, table, text } from './page.js';
import { html, nothing } from './lit-html.js';
import { language, t } from './words.js';

const EVERY = 3000;
const IGC = 'igc-sante';
const state = { hub: null, timer: 0, drop: false, chosen: IGC };

/** What the Hub says in the language of the page, asked once for each. */
async function readWords() {
  const lang = language();
  if (state.lang === lang) return;
  const [{ kinds }, { scenarios }, { migrations }] = await Promise.all([get('/api/v1/faults/kinds', { lang }), get('/api/v1/scenarios', { lang }), get('/api/v1/migrations')]);
  rules.kinds = kinds;
  play.known = scenarios;
  Object.assign(state, { lang, migrations });
}

async function read() {
  const [hub, links, clock, at] = await Promise.all([get('/api/v1/hub'), get('/api/v1/connections'), get('/api/v1/clock'), get('/api/v1/phase'), readWords(), readFaults(), readRuns()]);
  Object.assign(state, { hub, links, clock, at });
  redraw();
}

async function again() {
  clearTimeout(state.timer);
  if (!document.hidden) await read().catch(() => {});
  state.timer = setTimeout(again, EVERY);
}
export const enter = again;
export const leave = () => clearTimeout(state.timer);

async function go(migration, step) {
  say(t('loading'));
  const { disconnected } = await put('/api/v1/phase', { migration, step, disconnect: state.drop });
  say(`${t('stepped', step)}${disconnected ? ` · −${disconnected}` : ''}`);
  await read();
}

async function advance(seconds) {
  await post('/api/v1/clock', { advance: seconds });
  await read();
}

async function reset() {
  if (!confirm(t('resetSure'))) return;
  await post('/api/v1/reset');
  forget();
  await read();
}

const ahead = seconds => (seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`);

function pace({ offset, stands }) {
  if (stands) return t('stands');
  if (!offset) return t('onTime');
  return offset > 0 ? t('ahead', ahead(offset)) : t('behind', ahead(-offset));
}

function phaseView() {
  const { name, steps, about } = state.migrations.find(one => one.name === state.chosen);
  const here = step => state.at.step === step && (state.at.migration ?? IGC) === name;
  return html`<section class="card"><h2>${t('migration')}</h2>${select(t('migration'), name, state.migrations.map(one => [one.name, one.title[language()]]), one => { state.chosen = one; redraw(); })}
  <div class="phases" role="group" aria-label=${t('migration')}>${steps.map(step => html`<button aria-pressed=${here(step)} aria-describedby=${`step-${step}`} @click=${() => go(name, step).catch(fail)}>${step}</button><span class="muted small" id=${`step-${step}`}>${about[step]?.[language()]}</span>`)}</div>
  ${check(t('disconnect'), state.drop, on => { state.drop = on; })}</section>`;
}

const clockView = () => html`<section class="card"><h2>${t('clock')}</h2><p><time datetime=${state.clock.now}>${dateTime(state.clock.now)}</time> · ${pace(state.clock)}</p>
  <div class="row">${[['hour', 3600], ['day', 86400], ['year', 365 * 86400]].map(([name, seconds]) => html`<button @click=${() => advance(seconds).catch(fail)}>${t(name)}</button>`)}
  <button class="quiet" @click=${() => reset().catch(fail)}>${t('reset')}</button></div></section>`;

function depths(queues) {
  const full = Object.entries(queues).filter(([, one]) => one.ready + one.unacked > 0);
  return full.length ? html`<ul class="plain">${full.map(([name, one]) => html`<li><code>${short(name)}</code> ${one.ready}${one.unacked ? ` + ${one.unacked}` : ''}</li>`)}</ul>` : html`<span class="muted">${t('nothing')}</span>`;
}

const vhostsView = () => html`<section class="card wide"><h2>${t('vhosts')}</h2><p class="muted">${t('correspondence')}</p>${table(t('vhosts'), [t('perimeter'), 'vHost', t('model'), t('types'), t('queues')], state.hub.vhosts.map(one => html`<tr><td>${one.perimeter}</td><th scope="row"><code>${one.name}</code></th><td>${one.model}</td><td class="types">${one.types.join(', ')}</td><td>${depths(one.queues)}</td></tr>`))}</section>`;

const connectionsView = () => html`<section class="card wide"><h2>${t('connections')}</h2>${state.links.connections.length ? table(t('connections'), [t('client'), 'vHost', t('address'), t('certificate'), 'TLS', t('software')], state.links.connections.map(one => html`<tr><th scope="row">${one.client ?? one.user}</th><td>${one.vhost}</td><td><code>${one.peer}</code></td><td>${one.certificate ? html`${one.certificate.commonName}${one.certificate.notAfter ? html`<br><span class="muted">${t('until', day(one.certificate.notAfter))}</span>` : nothing}` : '—'}</td><td>${one.tlsVersion ?? '—'}</td><td>${one.product ?? '—'} ${one.productVersion ?? ''}</td></tr>`)) : muted(t('nothing'))}</section>`;

/** Refused handshakes and what the broker refused after them, newest first. */
function refusals() {
  const tls = state.links.attempts.filter(one => !one.accepted).map(one => ({ at: one.at, who: one.certificate?.commonName ?? one.peer, what: 'TLS', why: one.reason, mend: '' }));
  const later = state.links.refusals.map(one => ({ at: one.at, who: one.client ?? one.peer, what: `${one.code || ''} ${one.method ?? one.scope} ${one.vhost ?? ''}`, why: one.why || one.text, mend: one.mend }));
  return [...tls, ...later].sort((one, other) => other.at.localeCompare(one.at)).slice(0, 50);
}

function refusalsView() {
  const all = refusals();
  return html`<section class="card wide"><h2>${t('refusals')}</h2>${all.length ? html`<ol class="refusals">${all.map(one => html`<li><p><time datetime=${one.at}>${dateTime(one.at)}</time> <strong>${one.who}</strong> <span class="muted">${one.what}</span></p><p>${one.why}</p>${one.mend ? html`<p class="mend"><strong>${t('mend')}</strong> : ${one.mend}</p>` : nothing}</li>`)}</ol>` : muted(t('nothing'))}</section>`;
}

const factsView = () => html`<p class="summary"><code>amqps://${state.hub.amqps.host}:${state.hub.amqps.port}</code> · ${state.hub.engine} · ${state.hub.environment}
  · <a href="/health">/health</a> <a href="/metrics">/metrics</a> <a href="/api/v1/openapi.json">OpenAPI</a> <a href="/specs/asyncapi.json">AsyncAPI</a></p>`;

const play = { known: [], runs: [], name: '', mine: '' };

async function readRuns() {
  play.runs = (await get('/api/v1/scenarios/runs')).runs;
}
const playing = (call, path, body) => call(`/api/v1/scenarios/runs${path}`, body).then(read).catch(fail);
const start = () => playing(post, '', { names: [play.name || play.known[0].name], lang: language(), ...(play.mine ? { external: [play.mine] } : {}) });
const save = async id => download(`scenarios-${id}.html`, await text(`/api/v1/scenarios/runs/${id}/report`, { lang: language() }), 'text/html');
const MARKED = { delivered: 'good', rejected: 'bad', sending: '' };
const verdict = word => ({ passed: 'delivered', failed: 'rejected', error: 'rejected' })[word] ?? 'sending';

const runView = (run, i) => html`<details ?open=${!i}><summary>${run.id} ${run.scenarios.map(one => html`${one.name} <span class="badge ${verdict(one.verdict)}">${one.verdict}</span> `)}</summary>
  ${run.scenarios.map(one => html`<ol class="steps run" tabindex="0">${one.steps.map(step => html`<li class=${MARKED[verdict(step.verdict)]}><span class="dot" aria-hidden="true">${step.verdict === 'passed' ? '✓' : '•'}</span><span class="step">${step.title ?? step.id}</span> ${step.verdict}<span class="detail">${step.why ?? ''}</span></li>`)}</ol>`)}
  ${run.waitsFor ? html`<p class="warn" role="status">${run.waitsFor.text}</p><div class="row">${[[true, 'yes'], [false, 'no']].map(([answer, word]) => html`<button @click=${() => playing(post, `/${run.id}/answer`, { answer })}>${t(word)}</button>`)}</div>` : nothing}
  <div class="row">${run.state === 'running' ? html`<button class="quiet" @click=${() => playing(remove, `/${run.id}`)}>${t('end')}</button>` : nothing}<button class="quiet" @click=${() => save(run.id).catch(fail)}>${t('report')}</button></div></details>`;

const scenariosView = () => html`<section class="card"><h2>${t('scenarios')}</h2><div class="row">${select(t('scenarios'), play.name, play.known.map(one => [one.name, one.title]), name => { play.name = name; })}
  ${select(t('mine'), play.mine, state.hub.clients.map(one => one.id), id => { play.mine = id; }, '—')}<button class="primary" @click=${start}>${t('run')}</button></div>${[...play.runs].reverse().map(runView)}</section>`;

// --- fault rules: those in force, and a form made from the Hub's vocabulary

const rules = { kinds: [], all: [], kind: 0 };

async function readFaults() {
  rules.all = (await get('/api/v1/faults')).faults;
}

const readRules = () => readFaults().then(redraw).catch(fail);

/** A value as its type: numbers as numbers, objects as JSON. */
function typed(parameter, value) {
  if (parameter.type === 'integer' || parameter.type === 'number') return Number(value);
  if (parameter.type === 'object') return JSON.parse(value);
  if (parameter.type === 'choice') return parameter.choices.find(one => String(one) === value);
  return value;
}

async function addRule(event) {
  event.preventDefault();
  const kind = rules.kinds[rules.kind], fields = event.target.elements;
  const given = name => fields[name]?.value.trim();
  const parameters = {}, match = {};
  try {
    for (const one of kind.parameters) if (given(`p-${one.name}`)) parameters[one.name] = typed(one, given(`p-${one.name}`));
    for (const key of kind.match) if (given(`m-${key}`)) match[key] = given(`m-${key}`);
    await post('/api/v1/faults', { where: kind.where, effect: kind.effect, parameters, match, ...(given('times') ? { times: Number(given('times')) } : {}) });
    event.target.reset();
    await readRules();
  } catch (error) { fail(error); }
}

const rulesView = () => (rules.all.length ? html`<ul class="rules">${rules.all.map(one => html`<li><span><strong>${one.where} · ${one.effect}</strong> ${one.name ?? ''}
  <span class="muted">${Object.entries({ ...one.match, ...one.parameters }).filter(([, value]) => value !== null).map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`).join(' ')}</span></span>
  <span>${t('strikes')} : <strong>${one.strikes}</strong>${one.times ? ` / ${one.times}` : ''}</span>
  <button class="quiet small" aria-label=${`${t('remove')} ${one.where} ${one.effect}`} @click=${() => remove(`/api/v1/faults/${one.id}`).then(readRules).catch(fail)}>✕</button></li>`)}</ul>
  <button class="quiet" @click=${() => remove('/api/v1/faults').then(readRules).catch(fail)}>${t('clearFaults')}</button>` : muted(t('nothing')));

function control(parameter) {
  const name = `p-${parameter.name}`, help = `${name}-help`;
  const input = parameter.choices && parameter.type === 'choice'
    ? html`<select id=${name} name=${name} aria-describedby=${help}>${parameter.required ? nothing : html`<option value="">—</option>`}${parameter.choices.map(one => html`<option value=${one}>${one}</option>`)}</select>`
    : html`<input id=${name} name=${name} inputmode=${parameter.type === 'integer' || parameter.type === 'number' ? 'decimal' : 'text'} ?required=${parameter.required} placeholder=${parameter.default ?? ''} aria-describedby=${help}>`;
  return html`<div class="entry"><label for=${name}>${parameter.name}${parameter.required ? ' *' : ''}</label>${input}<p class="muted small" id=${help}>${parameter.text}</p></div>`;
}

function formView() {
  const kind = rules.kinds[rules.kind];
  if (!kind) return nothing;
  const places = [...new Set(rules.kinds.map(one => one.where))];
  const effects = rules.kinds.map((one, i) => [String(i), one.effect]).filter(([i]) => rules.kinds[i].where === kind.where);
  return html`<details class="adding"><summary>${t('addFault')}</summary><form @submit=${addRule}>
    <div class="row">${select(t('where'), kind.where, places, where => { rules.kind = rules.kinds.findIndex(one => one.where === where); redraw(); })}
    ${select(t('effect'), String(rules.kind), effects, i => { rules.kind = Number(i); redraw(); })}</div>
    <p class="muted">${kind.text}</p>${kind.parameters.map(control)}
    ${kind.match.map(key => html`<div class="entry"><label for=${`m-${key}`}>${key}</label><input id=${`m-${key}`} name=${`m-${key}`}></div>`)}
    <div class="entry"><label for="times">${t('times')}</label><input id="times" name="times" inputmode="numeric" placeholder=${t('always')}></div>
    <button class="primary">${t('add')}</button></form></details>`;
}

const faultsView = () => html`<section class="card"><h2>${t('faults')}</h2>${rulesView()}${formView()}</section>`;

// --- a drop area for certificates

const MOST = 1024 * 1024;
const drop = { told: [], over: false, passphrase: '', files: [], busy: false };

async function octets(file) {
  const bytes = new Uint8Array(await file.slice(0, MOST).arrayBuffer());
  const words = new TextDecoder().decode(bytes);
  if (words.includes('-----BEGIN ')) return words;
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
}

async function inspect(files) {
  Object.assign(drop, { files: [...files], busy: true, told: [] });
  redraw();
  for (const file of drop.files) {
    try {
      const asked = { file: await octets(file), name: file.name, ...(drop.passphrase ? { passphrase: drop.passphrase } : {}) };
      const answer = await post('/api/v1/certs/inspect', asked);
      drop.told.push(...(Array.isArray(answer) ? answer : [answer]));
    } catch (error) { fail(error); }
  }
  drop.busy = false;
  redraw();
}

const phasesView = phases => html`<ul class="plain">${Object.entries(phases ?? {}).map(([phase, { accepted, why }]) => html`<li><span class="badge ${accepted ? 'delivered' : 'rejected'}">${accepted ? '✓' : '✕'} ${phase} : ${accepted ? t('accepted') : t('notAccepted')}</span>${why ? html` <span class="small">${why}</span>` : nothing}</li>`)}</ul>`;

const fileView = one => html`<article class="inspected"><h3>${one.file} <span class="muted">${one.kind}</span></h3>
  ${one.certificates.map(found => html`<p><code>${found.subject}</code><br><span class="muted">${found.issuer} · ${day(found.notBefore)} – ${day(found.notAfter)} · ${found.key} · ${found.signature}${found.sans.length ? ` · ${found.sans.join(', ')}` : ''}</span></p>`)}
  <p>${t('logsInAs')} : ${one.clients.length ? one.clients.map(id => html`<code>${id}</code> `) : t('nobody')}</p>${phasesView(one.phases)}
  ${one.findings.length ? html`<h4>${t('findings')}</h4><ul>${one.findings.map(found => html`<li>${found.text}${found.mend ? html`<br><span class="mend"><strong>${t('mend')}</strong> : ${found.mend}</span>` : nothing}</li>`)}</ul>` : muted(t('nothing'))}</article>`;

const over = value => event => { event.preventDefault(); if (drop.over !== value) { drop.over = value; redraw(); } };

const certificatesView = () => html`<section class="card"><h2>${t('certs')}</h2>
  <label class="field"><span>${t('passphrase')}</span><input type="password" autocomplete="off" .value=${drop.passphrase} @input=${event => { drop.passphrase = event.target.value; }}></label>
  <div class="drop ${drop.over ? 'over' : ''}" @dragover=${over(true)} @dragleave=${over(false)} @drop=${event => { over(false)(event); inspect(event.dataTransfer.files); }}>
    <p>${t('drop')}</p><label class="button">${t('choose')}<input type="file" class="sr" multiple aria-label=${t('choose')} @change=${event => { inspect(event.target.files); event.target.value = ''; }}></label></div>
  <div aria-live="polite">${drop.busy ? html`<p>${t('loading')}</p>` : nothing}${drop.told.map(fileView)}</div></section>`;

export function view() {
  if (!state.hub) return html`<p class="empty">${t('loading')}</p>`;
  return html`<h1 class="sr">Hub</h1>${factsView()}<div class="cards">${phaseView()}${clockView()}${faultsView()}${scenariosView()}${certificatesView()}${connectionsView()}${refusalsView()}${vhostsView()}</div>`;
}
