import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser, type Page } from './browser.js';

const running = new Set<Server>();

/** A provider of OpenID Connect on 127.0.0.1, at which everybody who asks is Ada, without a form. */
export class IdentityProvider {
  private constructor(readonly issuer: string) {}

  /** @param redirectUri where it sends browsers back to. Nothing has to listen there */
  static async start(redirectUri: string): Promise<IdentityProvider> {
    // It warns when it is loaded, so tests have to be ready for that.
    const { default: Provider } = await import('oidc-provider');
    const server = createServer();
    running.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      clients: [{ client_id: 'shop', client_secret: 'the secret of the shop', redirect_uris: [redirectUri] }],
      clientDefaults: { token_endpoint_auth_method: 'client_secret_post' },
      cookies: { keys: ['the provider signs its own cookies'] },
      features: { devInteractions: { enabled: false } },
      findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
      interactions: { url: () => '/form' },
      pkce: { required: () => true },
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    });
    const answer = provider.callback();
    server.on('request', (request, response) => {
      if (request.url !== '/form') {
        answer(request, response);
        return;
      }
      void (async () => {
        const { params, prompt } = await provider.interactionDetails(request, response);
        const grant = new provider.Grant({ accountId: 'ada', clientId: params.client_id });
        grant.addOIDCScope('openid');
        const result =
          prompt.name === 'login'
            ? { login: { accountId: 'ada' } }
            : { consent: { grantId: await grant.save() } };
        await provider.interactionFinished(request, response, result);
      })();
    });
    return new IdentityProvider(issuer);
  }

  /** Follows redirects at the provider. @returns where the provider sends the browser back to */
  async visit(url: string): Promise<string> {
    const browser = new Browser(this.issuer);
    let next = url;
    for (let i = 0; i < 10 && next.startsWith(this.issuer); i++) {
      const page: Page = await browser.get(next.slice(this.issuer.length));
      const location = page.headers.get('location');
      if (location === null) throw new Error(`The provider answers ${page.status}: ${page.text}`);
      next = new URL(location, this.issuer).href;
    }
    return next;
  }
}

export async function stopProviders(): Promise<void> {
  await Promise.all(
    [...running].map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
  running.clear();
}
