/** Checks that a parsed value is a whole routing table entry, nothing missing and nothing unknown. */
import { MAX_PRICE, PRICING_FIELDS } from '../api/pricing.ts';
import { PROVIDER_TYPES } from '../api/provider-types.ts';
import { readCredential } from './credential-shape.ts';
import { count, flag, invalid, list, members, name, oneOf, text, type Members } from './members.ts';
import type {
  Availability,
  GuardrailReference,
  ModelEntry,
  ModelPricing,
  ProviderEntry,
  StaticHeader,
  Timeouts,
} from './types.ts';

/**
 * The entry that `value` is. An unknown member is refused too: a newer operator may mean a restriction by it, and to
 * serve the entry without would be to ignore that.
 */
export function readEntry(value: unknown): ProviderEntry {
  const m = members(value, 'the entry', ENTRY_KEYS, ['region', 'tlsCA']);
  const entry: ProviderEntry = {
    namespace: name(m, 'namespace'),
    name: name(m, 'name'),
    uid: text(m, 'uid'),
    generation: count(m, 'generation'),
    type: oneOf(m, 'type', PROVIDER_TYPES),
    displayName: text(m, 'displayName'),
    enabled: flag(m, 'enabled'),
    availability: availability(m['availability']),
    baseURL: baseURL(m),
    credential: readCredential(m['credential']),
    models: list(m, 'models', model),
    streamUsage: oneOf(m, 'streamUsage', ['InjectAndStrip', 'AsClient']),
    onClientDisconnect: oneOf(m, 'onClientDisconnect', ['Cancel', 'Drain']),
    timeouts: timeouts(m['timeouts']),
    headers: list(m, 'headers', header),
    guardrails: list(m, 'guardrails', guardrail),
  };
  if ((entry.type === 'Bedrock') !== Object.hasOwn(m, 'region')) {
    throw invalid("`region` must be there with the type 'Bedrock' and with no other");
  }
  return {
    ...entry,
    ...(m['region'] === undefined ? {} : { region: text(m, 'region') }),
    ...(m['tlsCA'] === undefined ? {} : { tlsCA: text(m, 'tlsCA') }),
  };
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
  'guardrails',
];

function availability(value: unknown): Availability {
  const m = members(value, '`availability`', ['state'], ['reason', 'message']);
  if (m['state'] === 'Available' && Object.keys(m).length === 1) return { state: 'Available' };
  if (m['state'] !== 'Unavailable') throw invalid('`availability` is of no known form');
  return { state: 'Unavailable', reason: text(m, 'reason'), message: text(m, 'message') };
}

function model(value: unknown): ModelEntry {
  const m = members(value, 'a model', ['name'], ['pricing']);
  return { name: text(m, 'name'), ...(m['pricing'] === undefined ? {} : { pricing: pricing(m['pricing']) }) };
}

function pricing(value: unknown): ModelPricing {
  const m = members(value, '`pricing`', [], PRICING_FIELDS);
  return Object.fromEntries(Object.keys(m).map((rate) => [rate, price(m, rate)]));
}

function price(m: Members, key: string): number {
  const value = m[key];
  // JSON may hold `1e999`, which is no number to calculate with.
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_PRICE)) {
    throw invalid(`\`${key}\` must be a number from 0 to ${String(MAX_PRICE)}`);
  }
  return value;
}

function header(value: unknown): StaticHeader {
  const m = members(value, 'a header', ['name', 'value']);
  return { name: text(m, 'name'), value: text(m, 'value') };
}

function guardrail(value: unknown): GuardrailReference {
  const m = members(value, 'a guardrail', ['name', 'hash']);
  return { name: name(m, 'name'), hash: text(m, 'hash') };
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
