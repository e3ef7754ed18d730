/** The pure core: resources → routing table, verdicts and statuses. */
export { compile, createCompiler, referencedSecrets } from './compile.ts';
export * from './guardrail-status.ts';
export * from './status.ts';
export type * from './types.ts';
