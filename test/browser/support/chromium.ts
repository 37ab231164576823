import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { stopAll } from '../../support/application.js';
import { certificate } from './certificate.js';
import { closeServers } from './servers.js';
import { Visitor } from './visitor.js';

interface Settings {
  /** Whether Back may show a page as it was left, without a request. Playwright switches that off. */
  readonly backForwardCache?: boolean;
}

/** Every host that tests use is this machine, and no other host exists. */
const HOSTS = [
  'MAP *.example.test 127.0.0.1',
  'MAP example.test 127.0.0.1',
  'MAP *.other.test 127.0.0.1',
  'MAP localhost 127.0.0.1',
  'EXCLUDE 127.0.0.1',
  'MAP * ~NOTFOUND',
].join(',');

function launchOptions({ backForwardCache = false }: Settings): LaunchOptions {
  return {
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      `--host-resolver-rules=${HOSTS}`,
      // Unlike ignoreHTTPSErrors, this leaves caches and Clear-Site-Data as they are with a good certificate.
      `--ignore-certificate-errors-spki-list=${certificate.fingerprint}`,
    ],
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  };
}

/** Runs with Chromium on a profile on disk, which a later call finds again. */
export async function withProfile<T>(folder: string, run: (visitor: Visitor) => Promise<T>): Promise<T> {
  const context = await chromium.launchPersistentContext(folder, launchOptions({}));
  try {
    return await run(await Visitor.in(context));
  } finally {
    await context.close();
  }
}

export interface Chromium {
  /** A visitor without cookies. A test has one at a time, because a new page of Chromium takes half a second. */
  visitor(): Promise<Visitor>;
}

/** Opens Chromium for all tests of a file. Cookies, further tabs and servers end with each test. */
export function useChromium(settings: Settings = {}): Chromium {
  let browser: Browser | undefined;
  let visitor: Visitor;

  beforeAll(async () => {
    browser = await chromium.launch(launchOptions(settings));
    visitor = await Visitor.in(await browser.newContext());
  });
  afterEach(async () => {
    const tabs = visitor.context.pages().filter((page) => page !== visitor.page);
    await Promise.all(tabs.map((page) => page.close()));
    closeServers();
    await stopAll();
  });
  afterAll(() => browser?.close());

  return {
    visitor: async () => {
      await visitor.context.clearCookies();
      return visitor;
    },
  };
}
