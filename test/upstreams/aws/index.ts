export { KeyRing } from './keys.ts';
export type { Key, SessionKey } from './keys.ts';
export { readRequest, receivedRequest } from './received.ts';
export { SignatureVerifier } from './signature.ts';
export type { SignatureProblem, SignatureVerdict, VerifierOptions } from './signature.ts';
export { InstanceMetadata } from './instance-metadata.ts';
export { PodIdentityAgent } from './pod-identity.ts';
export { SecurityTokenService } from './sts.ts';
export type { Role, STSCall } from './sts.ts';
