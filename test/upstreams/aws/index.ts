export { InstanceMetadata } from './instance-metadata.ts';
export { KeyRing } from './keys.ts';
export type { Key } from './keys.ts';
export { PodIdentityAgent } from './pod-identity.ts';
export { readRequest, receivedRequest } from './received.ts';
export { SignatureVerifier } from './signature.ts';
export { SignedService } from './signed-service.ts';
export { SecurityTokenService } from './sts.ts';
