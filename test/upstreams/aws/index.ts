export { KeyRing } from './keys.ts';
export type { Key, SessionKey } from './keys.ts';
export { readRequest, receivedRequest } from './received.ts';
export { SignatureVerifier } from './signature.ts';
export type { SignatureProblem, SignatureVerdict, VerifierOptions } from './signature.ts';
