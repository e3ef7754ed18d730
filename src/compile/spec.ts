/**
 * Reads `spec` of an LLMProvider with its defaults applied. The API server has checked it against the schema, but what
 * is stored may be older than the schema and a directory may hold anything: whatever is not of the expected shape throws
 * {@link SpecError}.
 */
import {
  bedrockBaseURL,
  DEFAULT_BASE_URLS,
  DEFAULT_CA_SECRET_KEY,
  DEFAULT_ENABLED,
  DEFAULT_ON_CLIENT_DISCONNECT,
  DEFAULT_STREAM_USAGE,
  DEFAULT_TIMEOUTS,
} from '../api/defaults.ts';
import { PROVIDER_TYPES } from '../api/provider-types.ts';
import type { ProviderEntry, ProviderType, StaticHeader, Timeouts } from '../table/types.ts';
import { readCredentialSpec, secretKey, type CredentialSpec, type SecretKey } from './credential-spec.ts';
import { readModels } from './model-spec.ts';
import { boolean, distinct, integer, list, object, oneOf, optional, SpecError, string } from './spec-values.ts';
import { baseURLOf } from './url-value.ts';

/** `spec` with defaults: the part of an entry that needs no Secret, and the Secrets that the rest needs. */
export interface ProviderSpec extends Pick<
  ProviderEntry,
  | 'type'
  | 'displayName'
  | 'enabled'
  | 'baseURL'
  | 'region'
  | 'models'
  | 'streamUsage'
  | 'onClientDisconnect'
  | 'timeouts'
  | 'headers'
> {
  readonly credential: CredentialSpec;
  readonly ca: SecretKey | undefined;
  /** Names of Guardrails in the provider's own namespace, in order. */
  readonly guardrailNames: readonly string[];
}

/** `name` is the object's own, which is the default of `displayName`. */
export function readSpec(value: unknown, name: string): ProviderSpec {
  const spec = object(value, 'spec');
  const type = oneOf(spec['type'], 'type', PROVIDER_TYPES);
  const region = type === 'Bedrock' ? awsRegion(spec['bedrock']) : undefined;
  const tls = spec['tls'] === undefined ? undefined : object(spec['tls'], 'tls');
  return {
    type,
    displayName: optional(spec['displayName'], (v) => string(v, 'displayName', 253)) ?? name,
    enabled: optional(spec['enabled'], (v) => boolean(v, 'enabled')) ?? DEFAULT_ENABLED,
    baseURL: inRegion(baseURL(spec['baseURL'] ?? defaultBaseURL(type, region), type), region),
    ...(region === undefined ? {} : { region }),
    credential: readCredentialSpec(spec, type),
    ca: tls && secretKey(tls['caSecretRef'], 'tls.caSecretRef', DEFAULT_CA_SECRET_KEY),
    models: readModels(spec['models'], type),
    streamUsage:
      optional(spec['streamUsage'], (v) => oneOf(v, 'streamUsage', ['InjectAndStrip', 'AsClient'])) ??
      DEFAULT_STREAM_USAGE,
    onClientDisconnect:
      optional(spec['onClientDisconnect'], (v) => oneOf(v, 'onClientDisconnect', ['Cancel', 'Drain'])) ??
      DEFAULT_ON_CLIENT_DISCONNECT,
    timeouts: timeouts(spec['timeouts'] ?? {}),
    headers: list(spec['headers'], 'headers', 16).map((item, i) => header(item, `headers[${String(i)}]`)),
    guardrailNames: guardrailNames(spec['guardrailRefs']),
  };
}

function guardrailNames(value: unknown): readonly string[] {
  const names = list(value, 'guardrailRefs', 16).map((item, i) => {
    const field = `guardrailRefs[${String(i)}]`;
    const name = string(object(item, field)['name'], `${field}.name`, 63);
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new SpecError(`\`${field}.name\` must be a valid Guardrail name`);
    return name;
  });
  return distinct(names, 'guardrailRefs', (name) => name);
}

function awsRegion(bedrock: unknown): string {
  if (bedrock === undefined) throw new SpecError("`bedrock` must be set when `type` is 'Bedrock'");
  const region = string(object(bedrock, 'bedrock')['region'], 'bedrock.region', 32);
  if (!/^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$/.test(region)) {
    throw new SpecError('`bedrock.region` must be the name of an AWS region');
  }
  return region;
}

function defaultBaseURL(type: ProviderType, region: string | undefined): string | undefined {
  if (type !== 'Bedrock') return DEFAULT_BASE_URLS[type];
  return region === undefined ? undefined : bedrockBaseURL(region);
}

function baseURL(value: unknown, type: string): string {
  if (value === undefined) throw new SpecError(`\`baseURL\` must be set when \`type\` is '${type}'`);
  return baseURLOf(value, 'baseURL');
}

/** The region in the name of a Bedrock host of AWS's: `bedrock-runtime-fips.us-east-1.amazonaws.com`, an interface endpoint's. */
const HOST_REGION =
  /(?:^|\.)bedrock-(?:runtime|mantle)(?:-fips)?\.([a-z]+(?:-[a-z]+)+-[0-9]+)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/;

/** AWS refuses each request that is signed for another region than its host's. */
function inRegion(url: string, region: string | undefined): string {
  const own = HOST_REGION.exec(new URL(url).hostname)?.[1];
  if (region !== undefined && own !== undefined && own !== region) {
    throw new SpecError(
      `\`baseURL\` is a host of the region ${own}, and \`bedrock.region\` is ${region}: make them agree`,
    );
  }
  return url;
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
  const seconds = (key: keyof Timeouts, maximum: number): number =>
    integer(spec[key] ?? DEFAULT_TIMEOUTS[key], `timeouts.${key}`, 1, maximum);
  return {
    connectSeconds: seconds('connectSeconds', 300),
    firstByteSeconds: seconds('firstByteSeconds', 3600),
    idleSeconds: seconds('idleSeconds', 3600),
  };
}
