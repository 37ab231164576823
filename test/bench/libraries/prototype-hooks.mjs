import { createCodec } from '../codecs/xaes-256-gcm.mjs';

const OPENED = Symbol('opened sessions');

/**
 * The least that sessions cost on Express: an accessor and one `writeHead` on the application's own request
 * and response, nothing
 * per request, no rules about lifetimes, no checks.
 *
 * @type {import('./library.mjs').Library}
 */
export const prototypeHooks = {
  name: 'prototype hooks, XAES-256-GCM',
  kind: 'floor',
  platforms: ['express'],
  hasSeveral: true,
  load: () => ({ install, open: (request, name) => request[name] }),
};

function install(app, names) {
  const codec = createCodec();
  const { request, response } = app.getHttpAdapter().getInstance();
  for (const name of names) {
    Object.defineProperty(request, name, {
      get() {
        return (openedOf(this.res)[name] ??= open(name, this.headers.cookie, codec)).content;
      },
    });
  }
  const { writeHead } = response;
  response.writeHead = function (...args) {
    for (const name in this[OPENED]) write(this, name, this[OPENED][name], codec);
    return writeHead.apply(this, args);
  };
}

function openedOf(response) {
  return (response[OPENED] ??= {});
}

function open(name, header, codec) {
  const text = header?.split('; ').find((cookie) => cookie.startsWith(`${name}=`));
  const content = (text && codec.unseal(text.slice(name.length + 1))) ?? {};
  return { content, stored: JSON.stringify(content) };
}

function write(response, name, { content, stored }, codec) {
  if (JSON.stringify(content) === stored) return;
  const expires = new Date(Date.now() + 86_400_000).toUTCString();
  const cookie = `${name}=${codec.seal(content)}; Path=/; Expires=${expires}; Max-Age=86400; HttpOnly; SameSite=Lax`;
  response.appendHeader('Set-Cookie', cookie);
}
