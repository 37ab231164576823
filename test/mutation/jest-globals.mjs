// What tests import from @jest/globals, from the packages that jest itself is made of.

import { createRequire } from 'node:module';

import { loadApart } from './load-typescript.mjs';

const require = createRequire(`${process.cwd()}/`);
const { ModuleMocker } = require('jest-mock');
const { ModernFakeTimers } = require('@jest/fake-timers');
const mocker = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({
  config: { rootDir: process.cwd(), fakeTimers: {} },
  global: globalThis,
});

export const { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } = require('jest-circus');
export const { jestExpect: expect } = require('@jest/expect');

export const jest = {
  fn: mocker.fn.bind(mocker),
  spyOn: mocker.spyOn.bind(mocker),
  mocked: (value) => value,
  isolateModulesAsync: loadApart,
  restoreAllMocks: () => mocker.restoreAllMocks(),
  useFakeTimers: (config) => timers.useFakeTimers(config),
  useRealTimers: () => timers.useRealTimers(),
  setSystemTime: (now) => timers.setSystemTime(now),
  advanceTimersByTime: (ms) => timers.advanceTimersByTime(ms),
  advanceTimersByTimeAsync: (ms) => timers.advanceTimersByTimeAsync(ms),
};
