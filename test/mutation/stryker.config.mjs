// One pass, as run.mjs describes it; without its settings, the first.

const { MUTATION_PASS: pass = 'fast', MUTATION_ONLY: only = 'null' } = process.env;

export default {
  plugins: ['./test/mutation/runner.mjs', './test/mutation/lived.mjs'],
  testRunner: 'in-process',
  mutate: JSON.parse(only) ?? ['lib/{sealing,session,http,options}/**/*.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: pass !== 'static',
  // The other processor is for whoever waits.
  concurrency: 1,
  timeoutMS: 5000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  tempDirName: `.stryker-tmp-${pass}`,
  incremental: true,
  incrementalFile: `test/mutation/reports/${pass}.json`,
  ignorePatterns: [
    'dist',
    'coverage',
    'test/bench',
    'test/package',
    '.stryker-tmp*',
    'test/mutation/reports',
    '*.log',
  ],
  // swc removes types, and does not check them.
  disableTypeChecks: false,
  reporters: ['progress-append-only', 'lived'],
  allowConsoleColors: false,
};
