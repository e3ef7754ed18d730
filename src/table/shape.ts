/** Checks that a parsed value is a whole routing table entry, nothing missing and nothing unknown. */
import { Redacted } from '../redacted.ts';
import { TableCodecError } from './errors.ts';
import type { Availability, Credential, ModelEntry, ProviderEntry, StaticHeader, Timeouts } from './types.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * The entry that `value` is. An unknown member is refused too: a newer operator may mean a restriction by it, and to
 * serve the entry without would be to ignore that.
 */
export function readEntry(value: unknown): ProviderEntry {
  const m = members(value, 'the entry', ENTRY_KEYS, ['tlsCA']);
  const entry: ProviderEntry = {
    namespace: name(m, 'namespace'),
    name: name(m, 'name'),
    uid: text(m, 'uid'),
    generation: count(m, 'generation'),
    type: oneOf(m, 'type', ['OpenAI', 'OpenAICompatible']),
    displayName: text(m, 'displayName'),
    enabled: flag(m, 'enabled'),
    availability: availability(m['availability']),
    baseURL: baseURL(m),
    credential: credential(m['credential']),
    models: list(m, 'models', model),
    streamUsage: oneOf(m, 'streamUsage', ['InjectAndStrip', 'AsClient']),
    onClientDisconnect: oneOf(m, 'onClientDisconnect', ['Cancel', 'Drain']),
    timeouts: timeouts(m['timeouts']),
    headers: list(m, 'headers', header),
  };
  return m['tlsCA'] === undefined ? entry : { ...entry, tlsCA: text(m, 'tlsCA') };
}

const ENTRY_KEYS = [
  'namespace',
  'name',
  'uid',
  'generation',
  'type',
  'displayName',
  'enabled',
  'availability',
  'baseURL',
  'credential',
  'models',
  'streamUsage',
  'onClientDisconnect',
  'timeouts',
  'headers',
];

function availability(value: unknown): Availability {
  const m = members(value, '`availability`', ['state'], ['reason', 'message']);
  if (m['state'] === 'Available' && Object.keys(m).length === 1) return { state: 'Available' };
  if (m['state'] !== 'Unavailable') throw invalid('`availability` is of no known form');
  return { state: 'Unavailable', reason: text(m, 'reason'), message: text(m, 'message') };
}

function credential(value: unknown): Credential {
  const m = members(value, '`credential`', ['kind'], ['value']);
  if (m['kind'] === 'None' && Object.keys(m).length === 1) return { kind: 'None' };
  if (m['kind'] !== 'APIKey') throw invalid('`credential` is of no known form');
  return { kind: 'APIKey', value: new Redacted(text(m, 'value')) };
}

function model(value: unknown): ModelEntry {
  return { name: text(members(value, 'a model', ['name']), 'name') };
}

function header(value: unknown): StaticHeader {
  const m = members(value, 'a header', ['name', 'value']);
  return { name: text(m, 'name'), value: text(m, 'value') };
}

function timeouts(value: unknown): Timeouts {
  const m = members(value, '`timeouts`', ['connectSeconds', 'firstByteSeconds', 'idleSeconds']);
  return {
    connectSeconds: count(m, 'connectSeconds'),
    firstByteSeconds: count(m, 'firstByteSeconds'),
    idleSeconds: count(m, 'idleSeconds'),
  };
}

function baseURL(m: Members): string {
  const url = text(m, 'baseURL');
  if (!/^https?:\/\//.test(url) || url.endsWith('/') || !URL.canParse(url)) {
    throw invalid('`baseURL` must be an http or https URL without a trailing slash');
  }
  return url;
}

function members(value: unknown, what: string, required: readonly string[], optional: readonly string[] = []): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  const m = value as Members;
  for (const key of required) if (!Object.hasOwn(m, key)) throw invalid(`${what} lacks \`${key}\``);
  for (const key of Object.keys(m)) {
    if (!required.includes(key) && !optional.includes(key)) throw invalid(`${what} has an unknown member`);
  }
  return m;
}

function text(m: Members, key: string): string {
  const value = m[key];
  if (typeof value !== 'string') throw invalid(`\`${key}\` must be a string`);
  return value;
}

function name(m: Members, key: string): string {
  const value = text(m, key);
  if (value === '' || value.includes('/')) throw invalid(`\`${key}\` must be a name`);
  return value;
}

function count(m: Members, key: string): number {
  const value = m[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalid(`\`${key}\` must be a whole number`);
  }
  return value;
}

function flag(m: Members, key: string): boolean {
  const value = m[key];
  if (typeof value !== 'boolean') throw invalid(`\`${key}\` must be a boolean`);
  return value;
}

function oneOf<T extends string>(m: Members, key: string, values: readonly T[]): T {
  const found = values.find((value) => value === m[key]);
  if (found === undefined) throw invalid(`\`${key}\` must be one of ${values.join(', ')}`);
  return found;
}

function list<T>(m: Members, key: string, read: (item: unknown) => T): readonly T[] {
  const value = m[key];
  if (!Array.isArray(value)) throw invalid(`\`${key}\` must be a list`);
  return value.map((item) => read(item));
}

function invalid(message: string): TableCodecError {
  return new TableCodecError('EntryInvalid', message);
}
