/** Jest `globalTeardown`; see global-setup.mjs. */
export { stopShared as default } from './shared.ts';
