import { type Html, html } from '../html.js';

/** A form with the token that CsrfGuard requires. */
export function formView(action: string, csrf: string | undefined, fields: Html): Html {
  return html`
    <form method="post" action="${action}">
      <input type="hidden" name="csrf" value="${csrf}">${fields}
    </form>`;
}
