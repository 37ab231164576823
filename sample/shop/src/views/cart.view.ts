import type { CartLine } from '../cart.service.js';
import { type Html, html } from '../html.js';
import type { Cart, Visit } from '../sessions.js';
import { cupView } from './cup.view.js';
import { euro } from './format.js';
import { formView } from './form.view.js';

interface CartPage {
  readonly cart: Cart;
  readonly lines: readonly CartLine[];
  /** Euro cents. */
  readonly total: number;
  readonly visit: Visit;
}

export function cartView({ cart, lines, total, visit: { user, csrf } }: CartPage): Html {
  if (lines.length === 0) return html`<p class="lead">It is empty. <a href="/">Choose a tea.</a></p>`;
  const note = html`
    <label for="note">A note for the parcel</label>
    <textarea id="note" name="note" rows="3" placeholder="It is kept in the cart: watch the panel.">
${cart.note}</textarea>
    <button class="quiet">Save the note</button>`;
  return html`
    <ul class="lines card">
      ${lines.map((line) => lineView(line, csrf))}
      <li><span class="name">Total</span> <b>${euro(total)}</b></li>
    </ul>
    ${formView('/cart/note', csrf, note)}
    <div class="actions">
      ${user && formView('/orders', csrf, html`<button>Place the order</button>`)}
      ${!user && html`<a class="button" href="/login">Log in to order</a>`}
      ${formView('/cart/empty', csrf, html`<button class="quiet">Empty the cart</button>`)}
    </div>`;
}

function lineView({ product, quantity }: CartLine, csrf: string | undefined): Html {
  const { id, name, price, colour } = product;
  const stepper = html`
    <button class="quiet" name="quantity" value="${quantity - 1}" aria-label="One less of ${name}">−</button>
    <output>${quantity}</output>
    <button class="quiet" name="quantity" value="${quantity + 1}" aria-label="One more of ${name}">+</button>`;
  return html`
    <li>
      ${cupView(colour)}
      <span class="name">${name} <small>${euro(price)} per 100 g</small></span>
      <span class="stepper">${formView(`/cart/items/${id}`, csrf, stepper)}</span>
      <b>${euro(price * quantity)}</b>
    </li>`;
}
