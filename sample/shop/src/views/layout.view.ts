import { type Html, html } from '../html.js';
import { formView } from './form.view.js';

interface Layout {
  readonly title: string;
  readonly main: Html;
  readonly panel: Html;
  readonly path: string;
  readonly user: string | undefined;
  readonly csrf: string | undefined;
  /** The number of pieces in the cart. */
  readonly pieces: number;
}

export function layoutView({ title, main, panel, path, user, csrf, pieces }: Layout): Html {
  const link = (to: string, text: Html): Html =>
    html`<a href="${to}" ${to === path && html`aria-current="page"`}>${text}</a>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>${title} · Leaf &amp; Seal</title>
        <meta name="viewport" content="width=device-width">
        <link rel="icon" href="/leaf.svg">
        <link rel="stylesheet" href="/shop.css">
        <script src="/countdown.js" defer></script>
      </head>
      <body>
        <header>
          <a class="brand" href="/"><img src="/leaf.svg" alt="" width="28" height="28">Leaf &amp; Seal</a>
          <nav>
            ${link('/', html`Teas`)}
            ${link('/cart', html`Cart ${pieces > 0 && html`<b>${pieces}</b>`}`)}
            ${link('/orders', html`Orders`)}
            ${user && formView('/logout', csrf, html`<button class="quiet">Log out ${user}</button>`)}
            ${!user && link('/login', html`Log in`)}
          </nav>
        </header>
        <div class="columns">
          <main>
            <h1>${title}</h1>
            ${main}
          </main>
          ${panel}
        </div>
      </body>
    </html>`;
}
