/**
 * Reads `spec` of an LLMProvider with its defaults applied. The API server has checked it against the schema, but what
 * is stored may be older than the schema and a directory may hold anything: whatever is not of the expected shape throws
 * {@link SpecError}.
 */
import {
  DEFAULT_BASE_URLS,
  DEFAULT_CA_SECRET_KEY,
  DEFAULT_ENABLED,
  DEFAULT_ON_CLIENT_DISCONNECT,
  DEFAULT_SECRET_KEYS,
  DEFAULT_STREAM_USAGE,
  DEFAULT_TIMEOUTS,
} from '../api/defaults.ts';
import type { ModelEntry, ProviderEntry, StaticHeader, Timeouts } from '../table/types.ts';

/** One key of one Secret in the provider's own namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** `spec` with defaults: the part of an entry that needs no Secret, and the Secrets that the rest needs. */
export interface ProviderSpec extends Pick<
  ProviderEntry,
  | 'type'
  | 'displayName'
  | 'enabled'
  | 'baseURL'
  | 'models'
  | 'streamUsage'
  | 'onClientDisconnect'
  | 'timeouts'
  | 'headers'
> {
  readonly apiKey: SecretKey | undefined;
  readonly ca: SecretKey | undefined;
}

/** The spec cannot be used; the message names the field. */
export class SpecError extends Error {
  override readonly name = 'SpecError';
}

/** `name` is the object's own, which is the default of `displayName`. */
export function readSpec(value: unknown, name: string): ProviderSpec {
  const spec = object(value, 'spec');
  const type = oneOf(spec['type'], 'type', ['OpenAI', 'OpenAICompatible']);
  const apiKey = secretKey(spec['secretRef'], 'secretRef', DEFAULT_SECRET_KEYS[type]);
  if (type === 'OpenAI' && apiKey === undefined) throw new SpecError("`secretRef` must be set when `type` is 'OpenAI'");
  const tls = spec['tls'] === undefined ? undefined : object(spec['tls'], 'tls');
  return {
    type,
    displayName: optional(spec['displayName'], (v) => string(v, 'displayName', 253)) ?? name,
    enabled: optional(spec['enabled'], (v) => boolean(v, 'enabled')) ?? DEFAULT_ENABLED,
    baseURL: baseURL(spec['baseURL'] ?? DEFAULT_BASE_URLS[type], type),
    apiKey,
    ca: tls && secretKey(tls['caSecretRef'], 'tls.caSecretRef', DEFAULT_CA_SECRET_KEY),
    models: list(spec['models'], 'models', 256).map((item, i) => model(item, `models[${String(i)}]`)),
    streamUsage:
      optional(spec['streamUsage'], (v) => oneOf(v, 'streamUsage', ['InjectAndStrip', 'AsClient'])) ??
      DEFAULT_STREAM_USAGE,
    onClientDisconnect:
      optional(spec['onClientDisconnect'], (v) => oneOf(v, 'onClientDisconnect', ['Cancel', 'Drain'])) ??
      DEFAULT_ON_CLIENT_DISCONNECT,
    timeouts: timeouts(spec['timeouts'] ?? {}),
    headers: list(spec['headers'], 'headers', 16).map((item, i) => header(item, `headers[${String(i)}]`)),
  };
}

function baseURL(value: unknown, type: string): string {
  if (value === undefined) throw new SpecError(`\`baseURL\` must be set when \`type\` is '${type}'`);
  const text = string(value, 'baseURL', 2048);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SpecError("`baseURL` must be an absolute URL with the scheme 'http' or 'https'");
  }
  if (url.username !== '' || url.password !== '' || /[?#\\@\s]/.test(text)) {
    throw new SpecError('`baseURL` must not hold user information, a query or a fragment');
  }
  return url.href.replace(/\/+$/, '');
}

function secretKey(value: unknown, field: string, defaultKey: string): SecretKey | undefined {
  if (value === undefined) return undefined;
  const ref = object(value, field);
  const name = string(ref['name'], `${field}.name`, 253);
  const key = optional(ref['key'], (v) => string(v, `${field}.key`, 253)) ?? defaultKey;
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
    throw new SpecError(`\`${field}.name\` must be a valid Secret name`);
  if (!/^[A-Za-z0-9._-]+$/.test(key)) throw new SpecError(`\`${field}.key\` must be a valid Secret key`);
  return { name, key };
}

function model(value: unknown, field: string): ModelEntry {
  const name = string(object(value, field)['name'], `${field}.name`, 256);
  if (!/^[^\s\p{Cc}]+$/u.test(name))
    throw new SpecError(`\`${field}.name\` must not hold whitespace or control characters`);
  return { name };
}

function header(value: unknown, field: string): StaticHeader {
  const item = object(value, field);
  const name = string(item['name'], `${field}.name`, 64);
  const text = string(item['value'], `${field}.value`, 1024);
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new SpecError(`\`${field}.name\` must be a valid header name`);
  if (!/^[!-~]([ -~]*[!-~])?$/.test(text))
    throw new SpecError(`\`${field}.value\` must hold printable ASCII characters only`);
  return { name, value: text };
}

function timeouts(value: unknown): Timeouts {
  const spec = object(value, 'timeouts');
  const seconds = (key: keyof Timeouts, maximum: number): number => {
    const number = spec[key] ?? DEFAULT_TIMEOUTS[key];
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > maximum) {
      throw new SpecError(`\`timeouts.${key}\` must be a whole number from 1 to ${String(maximum)}`);
    }
    return number;
  };
  return {
    connectSeconds: seconds('connectSeconds', 300),
    firstByteSeconds: seconds('firstByteSeconds', 3600),
    idleSeconds: seconds('idleSeconds', 3600),
  };
}

function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SpecError(`\`${field}\` must be an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function string(value: unknown, field: string, maximum: number): string {
  if (typeof value !== 'string' || value === '' || characters(value) > maximum) {
    throw new SpecError(`\`${field}\` must be a string of 1 to ${String(maximum)} characters`);
  }
  return value;
}

/** As the API server counts them: by code points. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function boolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new SpecError(`\`${field}\` must be true or false`);
  return value;
}

function oneOf<T extends string>(value: unknown, field: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new SpecError(`\`${field}\` must be one of ${values.map((v) => `'${v}'`).join(', ')}`);
  return found;
}

function list(value: unknown, field: string, maximum: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > maximum) {
    throw new SpecError(`\`${field}\` must be a list of at most ${String(maximum)} items`);
  }
  return value;
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
