// The frame of the page: views, language, theme, token.
import { html, render } from './lit-html.js';
import * as hub from './hub.js';
import * as lrm from './lrm.js';
import * as messages from './messages.js';
import { address, followJournal, link, noticeView, onDraw, onTokenWanted, readAddress, redraw } from './page.js';
import { language, speak, t } from './words.js';

const VIEWS = { messages, lrm, hub };
let entered = null;
let wanted = null; // what waits for the token

function theme(next) {
  if (next !== undefined) localStorage.setItem('hubemu.theme', next);
  const name = localStorage.getItem('hubemu.theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = name;
  return name;
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

const tongue = (name, words) => html`<button type="button" lang=${name} aria-pressed=${language() === name ? 'true' : 'false'} @click=${() => { speak(name); redraw(); }}>${words}</button>`;

function headerView() {
  return html`<a class="skip" href="#main" @click=${event => { event.preventDefault(); document.getElementById('main').focus(); }}>${t('skip')}</a>
    <header><span class="brand"><img src="/page/icon.svg" alt="" width="24" height="24"> hubemu</span>
    <nav aria-label=${t('views')}>${Object.keys(VIEWS).map(name => html`<a href=${link(name)} aria-current=${name === address.view ? 'page' : 'false'}>${t(name)}</a>`)}</nav>
    <span class="warning">${t('notReal')}</span>
    <div class="tools"><div class="tabs" role="group" aria-label=${t('language')}>${tongue('fr', 'Français')}${tongue('en', 'English')}</div>
    <button type="button" class="quiet" aria-label=${t('theme')} title=${t('theme')} @click=${() => { theme(theme() === 'dark' ? 'light' : 'dark'); redraw(); }}>◐</button></div></header>`;
}

function draw() {
  const view = VIEWS[address.view] ?? messages;
  document.title = `${t(address.view)} – hubemu`;
  render(html`${headerView()}${wanted ? tokenView() : html`<main id="main" tabindex="-1" class=${`view-${address.view}`}>${view.view()}</main>`}${noticeView()}`, document.getElementById('app'));
}

function go() {
  readAddress();
  if (!(address.view in VIEWS)) address.view = 'messages';
  if (entered !== address.view) VIEWS[entered]?.leave?.();
  entered = address.view;
  VIEWS[entered].enter?.();
  redraw();
}

onDraw(draw);
onTokenWanted(() => new Promise(resolve => { wanted = resolve; redraw(); }));
addEventListener('hashchange', go);
addEventListener('popstate', () => { readAddress(); redraw(); });
addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => theme());
theme();
followJournal();
go();
