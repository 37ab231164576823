import type { LoginEntry } from 'nestjs-client-sessions';
import { type Html, html } from '../html.js';
import { utc } from './format.js';
import { formView } from './form.view.js';

/** @param own the id of the login that looks at the list */
export function devicesView(
  devices: readonly LoginEntry[],
  own: string | undefined,
  csrf: string | undefined,
): Html {
  return html`
    <h2>Your devices</h2>
    <ul class="lines card">${devices.map((device) => deviceView(device, device.id === own, csrf))}</ul>
    ${formView('/devices/end-all', csrf, html`<button>Log out everywhere</button>`)}`;
}

function deviceView({ id, began, description }: LoginEntry, isOwn: boolean, csrf: string | undefined): Html {
  const fields = html`
    <input type="hidden" name="id" value="${id}">
    <button class="quiet">Log out this device</button>`;
  return html`
    <li>
      <span class="name">
        ${isOwn ? 'This device' : deviceOf(description)} <small>since ${utc(began)}</small>
      </span>
      ${formView('/devices/end', csrf, fields)}
    </li>`;
}

/** The browser and its system, as far as it says so. */
function deviceOf(agent: unknown): string {
  const text = String(agent ?? 'Unknown device');
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(text)?.[0];
  const browser = /Firefox|Edg|Chrome|Safari/.exec(text)?.[0];
  return browser && system ? `${browser} on ${system}` : text.slice(0, 40);
}
