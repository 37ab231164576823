import { type Html, html } from '../html.js';
import type { Order } from '../sessions.js';
import { euro, utc } from './format.js';

export function ordersView(orders: readonly Order[]): Html {
  if (orders.length === 0)
    return html`<p class="lead">There are none yet. <a href="/cart">See the cart.</a></p>`;
  return html`
    <p class="lead">Kept in <code>session</code> until you log out, and for a day at most.</p>
    <ul class="lines card">${orders.map(orderView)}</ul>`;
}

function orderView({ placedAt, pieces, total }: Order): Html {
  return html`
    <li>
      <span class="name">${utc(placedAt)} <small>${pieces} × 100 g</small></span>
      <b>${euro(total)}</b>
    </li>`;
}
