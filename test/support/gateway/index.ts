export { collect, exchange, post, send, sendBytes } from './http.ts';
export type { RawAnswer } from './http.ts';
export { guardrail, provider, secret, upstreamKey } from './manifests.ts';
export { StandaloneGateway } from './standalone.ts';
export { Installation } from './installation.ts';
export type { InstalledProxy } from './installation.ts';
