import config from '../../jest.config.mjs';

export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/test/browser'],
  testMatch: ['**/*.browser-spec.ts'],
  testTimeout: 30_000,
  // A browser waits more than it computes.
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/browser/table-reporter.mjs'],
};
