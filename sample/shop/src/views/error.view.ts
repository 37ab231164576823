import { type Html, html } from '../html.js';

export function errorView(message: string): Html {
  return html`
    <p class="problem" role="alert">${message}</p>
    <p><a href="/">Back to the teas</a></p>`;
}
