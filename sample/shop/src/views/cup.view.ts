import { type Html, html } from '../html.js';

/** A cup of tea, seen from above. */
export function cupView(colour: string): Html {
  return html`
    <svg class="cup" viewBox="0 0 100 100" aria-hidden="true">
      <circle class="saucer" cx="50" cy="50" r="48"/>
      <rect class="porcelain" x="76" y="45" width="20" height="10" rx="5"/>
      <circle class="porcelain" cx="50" cy="50" r="33"/>
      <circle cx="50" cy="50" r="28" fill="${colour}"/>
      <path class="gleam" d="M31 43a20 20 0 0 1 14-12"/>
    </svg>`;
}
