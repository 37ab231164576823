import { type Html, html } from '../html.js';
import { formView } from './form.view.js';

/** @param problem why the visitor has to log in */
export function loginView(csrf: string | undefined, problem?: string): Html {
  const fields = html`
    <label for="name">Name</label>
    <input id="name" name="name" autocomplete="username" required autofocus>
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required>
    <button>Log in</button>`;
  return html`
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="login card">
      ${formView('/login', csrf, fields)}
      <small>Try <code>ada</code> with <code>lovelace</code>, or <code>grace</code> with <code>hopper</code>.</small>
    </div>`;
}
