/** One jest project per kind of test; `npm test` runs them all, `npm run test:unit` only the first. */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
};

const kind = (name, extra = {}) => ({
  ...base,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});

/** Suites that talk to a real kube-apiserver share one per run. */
const cluster = {
  globalSetup: '<rootDir>/test/support/control-plane/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/control-plane/global-teardown.mjs',
};

export default {
  // A ceiling for a busy machine, not a measure: tests wait for conditions.
  testTimeout: 120_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/hack/**/*.test.ts'] },
    kind('control-plane', cluster),
    kind('chart', cluster),
    kind('clients'),
    kind('monitoring'),
    kind('faults', cluster),
  ],
};
