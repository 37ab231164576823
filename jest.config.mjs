export default {
  testEnvironment: 'node',
  // Machines of CI are slow at times, and some tests are large there. A test that hangs still fails.
  testTimeout: 120_000,
  // Files leave things behind. A process that has grown so large collects garbage more than it tests.
  workerIdleMemoryLimit: '600MB',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-client-sessions$': '<rootDir>/lib/index.ts',
    '^nestjs-client-sessions/(connect|redis|store-contract|testing)$': '<rootDir>/lib/$1.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  coverageProvider: 'v8',
  collectCoverageFrom: ['lib/**/*.ts', '!lib/**/index.ts'],
  coverageDirectory: 'coverage',
  coverageThreshold: { global: { lines: 98, branches: 98 } },
};
