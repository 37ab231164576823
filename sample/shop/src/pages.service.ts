import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { getSession } from 'nestjs-client-sessions';
import { CartService } from './cart.service.js';
import { type Html, html } from './html.js';
import { Panel } from './panel.service.js';
import type { Cart, Visit } from './sessions.js';
import { layoutView } from './views/layout.view.js';
import { panelView } from './views/panel.view.js';

/** Sends pages: the content from a controller, the navigation around it, and the panel beside it. */
@Injectable()
export class Pages {
  constructor(
    private readonly carts: CartService,
    private readonly panel: Panel,
  ) {}

  /** Sends a page that needs no session: nobody can say whose it is. */
  sendBare(response: Response, title: string, main: Html, status: number): void {
    const { path } = response.req;
    const page = layoutView({
      title,
      main,
      panel: html``,
      path,
      user: undefined,
      csrf: undefined,
      pieces: 0,
    });
    response.status(status).type('html').set('Cache-Control', 'no-store').send(page.toString());
  }

  send(response: Response, title: string, main: Html, status = 200): void {
    const { user, csrf } = getSession<Visit>(response.req);
    const pieces = this.carts.pieces(getSession<Cart>(response.req, 'cart'));
    // The head is sent first, with the cookies, so that the panel can show the cookies of this response.
    response.status(status).type('html').set('Cache-Control', 'no-store').flushHeaders();
    const panel = panelView(this.panel.heldAfter(response));
    const page = layoutView({ title, main, panel, path: response.req.path, user, csrf, pieces });
    response.end(page.toString());
  }
}
