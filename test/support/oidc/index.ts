export { OpenIDClient } from './flows.ts';
export { clientSecret, IdentityProvider, resourceScope } from './identity-provider.ts';
export { makeSigningKey } from './signing-key.ts';
export { ACCESS, AUDIENCE, GREETING, GuardedGateway, invokers } from './guarded-gateway.ts';
export { sdks } from './sdks.ts';
export { TLSOrigin } from './tls-origin.ts';
export { compact, hmacToken, signToken } from './forge.ts';
export { chatCompletion, RefusalCheck } from './refusal-check.ts';
