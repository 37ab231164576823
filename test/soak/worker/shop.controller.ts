import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Headers, Inject, Param, ParseIntPipe, Post, Res } from '@nestjs/common';
import { defineSession, getSessionInfo, Session } from '../../../lib/index.js';
import { type Goods, NEWS_HEADER, type ShopName, type ShopNews, WAIT_HEADER } from './names.js';
import type { Release } from './settings.js';

export const RELEASE = Symbol('the release of the application');

const MOST_ITEMS = 5;
const MOST_TAGS = 2;

/** A session of the shop as one release lays it out. */
interface Layout {
  readonly read: (content: never) => Goods | null;
  readonly add: (content: never, owner: number, item: string) => void;
}

interface Cart1 {
  owner?: number;
  items: string[];
}
interface Cart2 {
  owner?: number;
  lines: { text: string }[];
  extras: { tags: string[] };
}
/** It is large, so that it takes up to three cookies. */
interface Basket {
  owner?: number;
  items?: string[];
  /** The last item again and again. */
  filling?: string;
}

/** One value for all that are brought up to date: the library has to make copies. */
const EXTRAS = { tags: [] };

const CARTS: Readonly<Record<Release, Layout>> = {
  1: {
    read: ({ owner, items }: Cart1) => (owner === undefined ? null : { owner, items, tags: [] }),
    add: (cart: Cart1, owner, item) => {
      cart.owner ??= owner;
      cart.items = [...cart.items, item].slice(-MOST_ITEMS);
    },
  },
  2: {
    read: ({ owner, lines, extras }: Cart2) =>
      owner === undefined ? null : { owner, items: lines.map(({ text }) => text), tags: extras.tags },
    add: (cart: Cart2, owner, item) => {
      cart.owner ??= owner;
      // In place, as handlers do.
      cart.lines.push({ text: item });
      cart.lines.splice(0, cart.lines.length - MOST_ITEMS);
      cart.extras.tags.push(item);
      cart.extras.tags.splice(0, cart.extras.tags.length - MOST_TAGS);
    },
  },
};

const BASKET: Layout = {
  read: ({ owner, items = [], filling = '' }: Basket) => {
    if (owner === undefined) return null;
    const last = items.at(-1)!;
    return { owner, items, tags: filling === fillingOf(last) ? [] : ['torn'] };
  },
  add: (basket: Basket, owner, item) => {
    basket.owner ??= owner;
    basket.items = [...(basket.items ?? []), item].slice(-MOST_ITEMS);
    basket.filling = fillingOf(item);
  },
};

const LIFETIME = { duration: '10 minutes', activeDuration: '10 minutes' } as const;

export const cartOf = (release: Release): object =>
  release === 1
    ? defineSession<Cart1>('cart', { ...LIFETIME, version: 1, defaults: { items: [] } })
    : defineSession<Cart2>('cart', {
        ...LIFETIME,
        version: 2,
        defaults: { lines: [], extras: { tags: [] } },
        migrate: {
          1: ({ owner, items }: Cart1) => ({
            owner,
            lines: items.map((text) => ({ text })),
            extras: EXTRAS,
          }),
        },
      });

export const BasketSession = defineSession<Basket>('basket', { duration: '1 hour', onTooLarge: 'chunk' });

interface Reply {
  header(name: string, value: string): unknown;
}

@Controller('shop')
export class ShopController {
  constructor(@Inject(RELEASE) private readonly release: Release) {}

  @Get('cart')
  async lookAtCart(
    @Session('cart') cart: object,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('cart', cart, headers, reply);
  }

  @Get('basket')
  async lookAtBasket(
    @Session('basket') basket: object,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('basket', basket, headers, reply);
  }

  @Post('cart/:owner/:item')
  async addToCart(
    @Session('cart') cart: object,
    @Param('owner', ParseIntPipe) owner: number,
    @Param('item') item: string,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('cart', cart, headers, reply, (layout) => layout.add(cart as never, owner, item));
  }

  @Post('basket/:owner/:item')
  async addToBasket(
    @Session('basket') basket: object,
    @Param('owner', ParseIntPipe) owner: number,
    @Param('item') item: string,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('basket', basket, headers, reply, (layout) => layout.add(basket as never, owner, item));
  }

  @Post('cart/clear')
  async clearCart(
    @Session('cart') cart: object,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('cart', cart, headers, reply, () => (cart as Session<object>).destroy());
  }

  @Post('basket/clear')
  async clearBasket(
    @Session('basket') basket: object,
    @Headers() headers: object,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.#act('basket', basket, headers, reply, () => (basket as Session<object>).destroy());
  }

  async #act(
    name: ShopName,
    session: object,
    headers: object,
    reply: Reply,
    change: (layout: Layout) => void = () => undefined,
  ): Promise<string> {
    const layout = name === 'cart' ? CARTS[this.release] : BASKET;
    const read = (): Goods | null => structuredClone(layout.read(session as never));
    const { [WAIT_HEADER]: wait = '0' } = headers as Record<string, string>;
    const before = read();
    const { refused } = getSessionInfo(session);
    await pause(Number(wait));
    // What a newer release has stored is not for this one to change.
    if (refused !== 'newer-version') change(layout);
    const news: ShopNews = { before, after: read(), refused, release: this.release };
    await pause(Number(wait));
    reply.header(NEWS_HEADER, JSON.stringify(news));
    return 'x'.repeat(2_000);
  }
}

/** Of 1 to 8 KB, by its item. */
function fillingOf(item: string): string {
  const length = 1_000 + ((Number(item.split('-')[1]) * 997) % 7_000);
  return item.repeat(Math.ceil(length / item.length)).slice(0, length);
}
