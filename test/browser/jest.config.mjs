import config from '../../jest.config.mjs';

export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/test/browser'],
  testMatch: ['**/*.browser-spec.ts'],
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/browser/table-reporter.mjs'],
};
