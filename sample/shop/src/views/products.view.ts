import type { Product } from '../catalogue.service.js';
import { type Html, html } from '../html.js';
import { cupView } from './cup.view.js';
import { euro } from './format.js';
import { formView } from './form.view.js';

export function productsView(products: readonly Product[], csrf: string | undefined): Html {
  return html`
    <p class="lead">
      Fill the cart, restart the server with the same secret, come back in a month: the cart is still there.
      Your browser kept it, sealed. The server stores no session.
    </p>
    <ul class="products">${products.map((product) => productView(product, csrf))}</ul>`;
}

function productView({ id, name, description, price, colour }: Product, csrf: string | undefined): Html {
  const add = html`<button name="product" value="${id}" aria-label="Add ${name} to the cart">Add to cart</button>`;
  return html`
    <li id="${id}" class="card">
      ${cupView(colour)}
      <h2>${name}</h2>
      <p>${description}</p>
      <div class="buy">
        <span class="name">${euro(price)} <small>per 100 g</small></span>
        ${formView('/cart/items', csrf, add)}
      </div>
    </li>`;
}
