import type { ContentOptions } from '../../lib/connect.js';
import type { SessionPlan } from './application.js';

export type Content = Record<string, unknown>;

/** What a browser stores has its mark, so that it is recognized wherever it appears. */
const MARK = /mk(\d)x/g;

/** Values of one browser. No two are equal. */
export class Values {
  #count = 0;

  constructor(private readonly browser: number) {}

  text(): string {
    return `mk${this.browser}x${++this.#count}`;
  }

  /** A value of one of six shapes. */
  of(shape: number): unknown {
    const text = this.text();
    return [
      text,
      { deep: [text, { deeper: text }] },
      [text, null, 1.5, true],
      `${text} ✓ \u{1f36a} \ud800"\\\u0000;,=`,
      { $date: text },
      { ['__proto__x']: text, constructor: text },
    ][shape];
  }
}

/** The browsers of which a text holds something. */
export function marksIn(text: string): readonly number[] {
  if (!text.includes('mk')) return [];
  return [...text.matchAll(MARK)].map(([, browser]) => Number(browser));
}

/** Content of a browser that a schema refuses. */
export const REFUSED = { refused: true };

const clone = <T>(value: T): T => structuredClone(value);

/**
 * The options of a session that hand out objects. Each of them hands out the same objects again and again, as careless
 * applications do, and these objects live as long as the application.
 */
export function contentOptions({ kind, onNewer, isLegacy }: SessionPlan, version: number): ContentOptions {
  const shared = { list: [], bag: { items: [] } };
  const moved = new Map<number, object>();
  const migrate = Object.fromEntries(
    Array.from({ length: version - 1 }, (_, i) => {
      moved.set(i + 1, { tags: [] });
      return [i + 1, (old: object) => ({ ...old, [`moved${i + 1}`]: moved.get(i + 1) })];
    }),
  );
  const common = { version, migrate, onNewer };
  if (isLegacy) return {};
  switch (kind) {
    case 'plain':
      return common;
    case 'defaults':
      return { ...common, defaults: () => shared };
    case 'schema':
      return {
        ...common,
        schema: { '~standard': { version: 1, vendor: 'model', validate: remembering(shared) } },
      };
    case 'codec':
      return { ...common, codec: rememberingCodec() };
  }
}

type Validated = { readonly value: object } | { readonly issues: readonly { readonly message: string }[] };

/** Validation that returns the same object for the same input, and the same list in all of them. */
function remembering(shared: object): (value: unknown) => Validated {
  const known = new Map<string, Validated>();
  return (value) => {
    const text = JSON.stringify(value);
    const result: Validated =
      known.get(text) ??
      ((value as Content)['refused'] === true
        ? { issues: [{ message: 'must not be refused' }] }
        : { value: { ...shared, ...(value as object) } });
    known.set(text, result);
    return result;
  };
}

function rememberingCodec(): { stringify(content: object): string; parse(text: string): unknown } {
  const known = new Map<string, unknown>();
  return {
    stringify: (content) => `model:${JSON.stringify(content)}`,
    parse: (text) => {
      if (!text.startsWith('model:')) throw new Error('not of this codec');
      if (!known.has(text)) known.set(text, JSON.parse(text.slice('model:'.length)));
      return known.get(text);
    },
  };
}

/** What a fresh session holds. */
export function freshContent({ kind, isLegacy }: SessionPlan): Content {
  const isFilled = !isLegacy && (kind === 'defaults' || kind === 'schema');
  return isFilled ? { list: [], bag: { items: [] } } : {};
}

/** What a visitor sees of content that was stored by a release with another version, or by the same. */
export function viewOf(plan: SessionPlan, stored: Content, from: number, to: number): Content {
  const view = { ...freshContent(plan), ...clone(stored) };
  for (let version = from; version < to; version++) view[`moved${version}`] = { tags: [] };
  return view;
}

/** Appends to the first list that content holds, in the order of names, because that of keys is not promised. */
export function pushInto(content: object, value: unknown): void {
  for (const key of Object.keys(content).sort()) {
    const each = (content as Content)[key];
    if (Array.isArray(each)) return void each.push(value);
    const list = each && typeof each === 'object' && Object.values(each as object).find(Array.isArray);
    if (list) return void (list as unknown[]).push(value);
  }
}
