/** Jest `globalSetup`. Plain JavaScript, because jest loads a `.ts` file here with `require` and a transform first. */
export { startShared as default } from './shared.ts';
