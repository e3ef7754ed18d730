/** Reads what a spec says of the upstream's credential, and names the Secrets that hold it. */
import {
  DEFAULT_AUTH_PASSTHROUGH,
  DEFAULT_AWS_CREDENTIALS,
  DEFAULT_SECRET_KEYS,
  DEFAULT_STATIC_KEYS,
} from '../api/defaults.ts';
import type { AWSCredentialSource, ProviderType } from '../table/types.ts';
import { boolean, object, oneOf, optional, SpecError, string } from './spec-values.ts';

/** One key of one Secret in the provider's own namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** A credential whose secrets are still where the spec says that they are. */
export type CredentialSpec =
  | { readonly kind: 'None' }
  | { readonly kind: 'APIKey'; readonly ref: SecretKey }
  | { readonly kind: 'Passthrough' }
  | { readonly kind: 'AWS'; readonly source: AWSCredentialSpec };

/** `spec.bedrock.credentials`. */
export type AWSCredentialSpec =
  | Exclude<AWSCredentialSource, { readonly type: 'StaticKeys' }>
  | {
      readonly type: 'StaticKeys';
      readonly accessKeyID: SecretKey;
      readonly secretAccessKey: SecretKey;
      readonly sessionToken: SecretKey | undefined;
    };

type Members = Readonly<Record<string, unknown>>;

/** The credential of a provider of this type. */
export function readCredentialSpec(spec: Members, type: ProviderType): CredentialSpec {
  const isSet = spec['secretRef'] !== undefined;
  if (type === 'Bedrock') {
    if (isSet) throw new SpecError("`secretRef` must not be set when `type` is 'Bedrock'");
    return { kind: 'AWS', source: awsCredential(object(spec['bedrock'], 'bedrock')['credentials'] ?? {}) };
  }
  if (type === 'Anthropic' && isPassedThrough(spec['anthropic'])) {
    if (isSet) throw new SpecError('`secretRef` must not be set when `anthropic.authPassthrough` is true');
    return { kind: 'Passthrough' };
  }
  if (isSet) return { kind: 'APIKey', ref: secretKey(spec['secretRef'], 'secretRef', DEFAULT_SECRET_KEYS[type]) };
  if (type !== 'OpenAICompatible') throw new SpecError(`\`secretRef\` must be set when \`type\` is '${type}'`);
  return { kind: 'None' };
}

/** Every key of a Secret that the credential is made of. */
export function credentialRefs(credential: CredentialSpec): readonly SecretKey[] {
  if (credential.kind === 'APIKey') return [credential.ref];
  if (credential.kind !== 'AWS' || credential.source.type !== 'StaticKeys') return [];
  const { accessKeyID, secretAccessKey, sessionToken } = credential.source;
  return [accessKeyID, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
}

/** A reference to one key of a Secret. */
export function secretKey(value: unknown, field: string, defaultKey: string): SecretKey {
  const ref = object(value, field);
  const name = string(ref['name'], `${field}.name`, 253);
  const key = optional(ref['key'], (v) => string(v, `${field}.key`, 253)) ?? defaultKey;
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
    throw new SpecError(`\`${field}.name\` must be a valid Secret name`);
  if (!/^[A-Za-z0-9._-]+$/.test(key)) throw new SpecError(`\`${field}.key\` must be a valid Secret key`);
  return { name, key };
}

function isPassedThrough(anthropic: unknown): boolean {
  const value = optional(anthropic, (v) => object(v, 'anthropic')['authPassthrough']);
  return optional(value, (v) => boolean(v, 'anthropic.authPassthrough')) ?? DEFAULT_AUTH_PASSTHROUGH;
}

/** `bedrock.credentials`. */
export function awsCredential(value: unknown): AWSCredentialSpec {
  const at = 'bedrock.credentials';
  const credentials = object(value, at);
  const type = oneOf(credentials['type'] ?? DEFAULT_AWS_CREDENTIALS, `${at}.type`, [
    'DefaultChain',
    'StaticKeys',
    'AssumeRole',
  ]);
  if (type === 'DefaultChain') return { type };
  if (type === 'AssumeRole') return assumeRole(credentials['assumeRole'], `${at}.assumeRole`);
  return staticKeys(credentials['staticKeys'], `${at}.staticKeys`);
}

function staticKeys(value: unknown, at: string): AWSCredentialSpec {
  const keys = object(value, at);
  const ref = (field: keyof typeof DEFAULT_STATIC_KEYS): SecretKey =>
    secretKey(keys[field], `${at}.${field}`, DEFAULT_STATIC_KEYS[field]);
  return {
    type: 'StaticKeys',
    accessKeyID: ref('accessKeyIDRef'),
    secretAccessKey: ref('secretAccessKeyRef'),
    sessionToken: keys['sessionTokenRef'] === undefined ? undefined : ref('sessionTokenRef'),
  };
}

function assumeRole(value: unknown, at: string): AWSCredentialSpec {
  const role = object(value, at);
  const text = (field: string, maximum: number, form: RegExp): string => {
    const found = string(role[field], `${at}.${field}`, maximum);
    if (!form.test(found)) throw new SpecError(`\`${at}.${field}\` is not of the form that AWS asks for`);
    return found;
  };
  return {
    type: 'AssumeRole',
    roleARN: text('roleARN', 640, /^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/),
    ...(role['externalID'] === undefined ? {} : { externalID: text('externalID', 1224, /^[\w+=,.@:/-]{2,}$/) }),
    ...(role['sessionName'] === undefined ? {} : { sessionName: text('sessionName', 64, /^[\w+=,.@-]{2,}$/) }),
  };
}
