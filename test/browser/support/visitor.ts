import type { BrowserContext, Cookie, Page, Response } from 'playwright-core';

/** What came back for a page: the head as it was sent, and the text. */
export interface Answer {
  readonly status: number;
  readonly setCookies: readonly string[];
  readonly text: string;
  json<T = unknown>(): T;
}

/** A visitor with Chromium, who has a cookie jar of their own. */
export class Visitor {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async in(context: BrowserContext): Promise<Visitor> {
    return new Visitor(context, await context.newPage());
  }

  /** The same visitor in another tab. */
  openTab(): Promise<Visitor> {
    return Visitor.in(this.context);
  }

  /** Goes to an address, as if it were typed. */
  async open(url: string): Promise<Answer> {
    return answerOf((await this.page.goto(url, { waitUntil: 'domcontentloaded' }))!);
  }

  /** Clicks, and waits for the page behind it. Returns the answer to the click itself, before any redirect. */
  async click(selector: string): Promise<Answer> {
    const [response] = await Promise.all([
      this.page.waitForResponse((each) => each.request().isNavigationRequest()),
      this.page.waitForEvent('domcontentloaded'),
      this.page.click(selector),
    ]);
    return answerOf(response);
  }

  /** What the page shows. */
  text(): Promise<string> {
    return this.page.evaluate('document.body.textContent');
  }

  /** Every cookie that Chromium holds, whatever page it belongs to. */
  jar(): Promise<Cookie[]> {
    return this.context.cookies();
  }

  async names(): Promise<string[]> {
    return (await this.jar()).map(({ name }) => name).toSorted();
  }

  /** The one cookie of this name, if there is one. */
  async cookie(name: string): Promise<Cookie | undefined> {
    const [cookie, ...others] = (await this.jar()).filter((each) => each.name === name);
    if (others.length > 0) throw new Error(`There are ${others.length + 1} cookies "${name}"`);
    return cookie;
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  const headers = await response.headersArray();
  // A redirect has no body.
  const text = response.status() >= 300 && response.status() < 400 ? '' : await response.text();
  return {
    status: response.status(),
    setCookies: headers
      .filter(({ name }) => name.toLowerCase() === 'set-cookie')
      .flatMap(({ value }) => value.split('\n')),
    text,
    json: () => JSON.parse(text) as never,
  };
}
