import { inspect, type InspectOptionsStylized } from 'node:util';
import type { SessionContent } from './content.js';
import { ACTIONS, SESSION_PROTOTYPE } from './session-object.js';

/** The session that a view shows. */
export interface ViewedSession {
  readonly name: string;
  /** Returns the session object that is current now, if there is one. */
  find(): SessionContent | undefined;
  /** Returns the error for a view that is used while there is no session. */
  missing(): Error;
}

/**
 * What Nest, JavaScript and test runners read of any object, to find out what it is. Where there is no session, a view
 * then looks like an empty one.
 */
const LOOKS: ReadonlySet<string> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
  'toJSON',
  'asymmetricMatch',
  'nodeType',
  'tagName',
  '$$typeof',
]);

/**
 * Creates an object that shows the session which is current whenever it is used: its content, its methods, and what
 * `getSessionInfo()` tells. It is another object than the session itself, and stays the same for all sessions.
 */
export function createSessionView(viewed: ViewedSession): SessionContent {
  // Node prints what is behind a proxy, and does not ask the proxy.
  const print = (_depth: number, options: InspectOptionsStylized): string => {
    const session = viewed.find();
    return session ? inspect(session, options) : `Session "${viewed.name}" of no request`;
  };
  const behind = Object.create(SESSION_PROTOTYPE, {
    [inspect.custom]: { value: print, configurable: true },
  }) as SessionContent;
  return new Proxy(behind, new SessionView(viewed));
}

class SessionView implements ProxyHandler<SessionContent> {
  readonly #viewed: ViewedSession;

  constructor(viewed: ViewedSession) {
    this.#viewed = viewed;
  }

  get(behind: SessionContent, key: string | symbol): unknown {
    // Whoever awaits a view asks for it. That must neither fail nor open the session.
    if (key === 'then') return undefined;
    // The session itself is the receiver, because its private fields are not the view's.
    return Reflect.get(this.#read(behind, key), key);
  }

  has(behind: SessionContent, key: string | symbol): boolean {
    return key in this.#read(behind, key);
  }

  set(_behind: SessionContent, key: string, value: unknown): boolean {
    // An assignment throws what it throws on the session, such as the TypeError of a frozen object.
    this.#session[key] = value;
    return true;
  }

  deleteProperty(_behind: SessionContent, key: string): boolean {
    delete this.#session[key];
    return true;
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#session);
  }

  getOwnPropertyDescriptor(behind: SessionContent, key: string | symbol): PropertyDescriptor | undefined {
    const descriptor = Reflect.getOwnPropertyDescriptor(this.#read(behind, key), key);
    // A proxy may not say of a property that it is fixed, unless the object behind it has the same one.
    return descriptor && { ...descriptor, configurable: true };
  }

  defineProperty(_behind: SessionContent, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(this.#session, key, { ...descriptor, configurable: true });
  }

  /** Otherwise, the object behind the view would be changed for all sessions. */
  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  get #session(): SessionContent {
    const session = this.#viewed.find();
    if (session) return session;
    throw this.#viewed.missing();
  }

  #read(behind: SessionContent, key: string | symbol): SessionContent {
    const session = this.#viewed.find();
    if (session) return session;
    if (isLook(key)) return behind;
    throw this.#viewed.missing();
  }
}

function isLook(key: string | symbol): boolean {
  if (typeof key === 'symbol') return key !== ACTIONS;
  return LOOKS.has(key) || key in Object.prototype;
}
