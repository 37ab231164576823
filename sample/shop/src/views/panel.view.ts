import { type Html, html } from '../html.js';
import type { HeldSession } from '../panel.service.js';
import { utc } from './format.js';

/** Bytes of name and value together that a browser keeps of one cookie. */
const BUDGET = 4096;

export function panelView(sessions: readonly HeldSession[]): Html {
  return html`
    <aside>
      <h2>Your sessions</h2>
      <p>What your browser holds after this page. The server keeps the last headers alone, for this panel.</p>
      ${sessions.map(sessionView)}
    </aside>`;
}

function sessionView({ name, duration, sealed, bytes, opened, isNew, setCookie }: HeldSession): Html {
  const content = opened?.ok && JSON.stringify(opened.content, null, 2);
  return html`
    <section class="card" id="panel-${name}">
      <h3>${name} <small>kept ${duration}</small></h3>
      <meter max="${BUDGET}" high="${BUDGET * 0.85}" value="${bytes}"></meter>
      <p class="size"><b>${bytes}</b> of ${BUDGET} bytes <span>${((100 * bytes) / BUDGET).toFixed(1)} %</span></p>
      ${!opened && html`<p>There is no such cookie now.</p>`}
      ${opened?.ok === false && html`<p>It does not open: ${opened.reason}.</p>`}
      ${opened?.ok && timesView(opened, isNew)}
      ${sealed && html`<h4>Sealed, in the browser</h4><pre class="sealed" tabindex="0">${sealed}</pre>`}
      ${content && html`<h4>Opened, on the server</h4><pre class="opened" tabindex="0">${content}</pre>`}
      ${setCookie && setCookieView(setCookie)}
      ${sealed && !setCookie && html`<h4>Last Set-Cookie: longer ago than this server remembers.</h4>`}
    </section>`;
}

function timesView({ createdAt, expiresAt }: { createdAt: number; expiresAt: number }, isNew: boolean): Html {
  return html`
    <dl>
      <dt>Created</dt>
      <dd>${utc(createdAt)}</dd>
      <dt>Expires</dt>
      <dd><time datetime="${new Date(expiresAt).toISOString()}">${utc(expiresAt)}</time></dd>
      <dt>isNew</dt>
      <dd>${String(isNew)}</dd>
    </dl>`;
}

function setCookieView({ header, isOfThisPage }: NonNullable<HeldSession['setCookie']>): Html {
  const end = header.indexOf(';') + 2;
  return html`
    <h4>Last Set-Cookie, ${isOfThisPage ? 'with this page' : 'before this page'}</h4>
    <pre class="set-cookie" tabindex="0"><span>${header.slice(0, end)}</span>${header.slice(end)}</pre>`;
}
