import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { CustomResourceDefinition, Schema } from '../../hack/generate/crd.ts';
import { REASON_PENDING } from './conditions.ts';
import {
  bedrockBaseURL,
  DEFAULT_AUTH_PASSTHROUGH,
  DEFAULT_AWS_CREDENTIALS,
  DEFAULT_BASE_URLS,
  DEFAULT_CA_SECRET_KEY,
  DEFAULT_ENABLED,
  DEFAULT_ON_CLIENT_DISCONNECT,
  DEFAULT_SECRET_KEYS,
  DEFAULT_STATIC_KEYS,
  DEFAULT_STREAM_USAGE,
  DEFAULT_TIMEOUTS,
} from './defaults.ts';
import { LLM_PROVIDER_SCHEMA } from './generated/llmprovider-schema.ts';
import { CATEGORY, LLM_PROVIDER } from './group.ts';
import { MAX_PRICE, PRICING_FIELDS } from './pricing.ts';
import { PROVIDER_TYPES } from './provider-types.ts';
import { checkRules } from './validation/cel.ts';

const file = path.join(import.meta.dirname, '../../crds/tidegate.io_llmproviders.yaml');
const crd = parse(readFileSync(file, 'utf8')) as CustomResourceDefinition;
const [version] = crd.spec.versions;
const root = version.schema.openAPIV3Schema;

/** Every node of the schema with its path; ObjectMeta is Kubernetes' own. */
function walk(schema: Schema, at: string): [string, Schema][] {
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => `${at}.${name}` !== '.metadata');
  return [
    [at, schema],
    ...members.flatMap(([name, child]) => walk(child, `${at}.${name}`)),
    ...(schema.items === undefined ? [] : walk(schema.items, `${at}[]`)),
  ];
}

const nodes = walk(root, '');
const isType =
  (type: string) =>
  ([, schema]: [string, Schema]): boolean =>
    schema.type === type;
const at = (path: string): Schema => nodes.find(([name]) => name === path)?.[1] ?? {};

describe('the schema of LLMProvider', () => {
  test.each(nodes.filter(isType('string')))('%s is bounded', (_, schema) => {
    expect(schema.maxLength).toBeGreaterThan(0);
  });

  test.each(nodes.filter(isType('array')))('%s is bounded and a map or declared atomic', (_, schema) => {
    expect(schema.maxItems).toBeGreaterThan(0);
    expect(schema['x-kubernetes-list-map-keys']).toHaveLength(1);
  });

  test.each(nodes.filter(isType('integer')).filter(([path]) => path.startsWith('.spec')))(
    '%s has a lowest and a highest value',
    (_, schema) => {
      expect(schema.minimum).toBeDefined();
      expect(schema.maximum).toBeDefined();
      expect(schema.description).toContain(`from ${schema.minimum} to ${schema.maximum}`);
    },
  );

  test.each(nodes.filter(isType('number')))('%s is a price within bounds', (path, schema) => {
    expect([schema.minimum, schema.maximum]).toEqual([0, 1_000_000]);
    expect(schema.description).toMatch(/^USD per 1,000,000 /);
    expect(at(path.replace(/\.\w+$/, '')).description).toContain('from 0 to 1000000');
  });

  test.each(nodes)('%s is described in plain sentences', (_, schema) => {
    expect(schema.description).toMatch(/^[A-Z].*\.$/);
  });

  test.each(
    nodes.filter(
      ([path, schema]) => path.startsWith('.spec') && schema.default !== undefined && schema.type !== 'object',
    ),
  )('%s says its default', (_, schema) => {
    expect(schema.description).toMatch(new RegExp(`Defaults to \`?${String(schema.default)}\`?[.]`));
  });

  test.each(nodes.filter(([path]) => path.endsWith('Seconds')))('%s says its unit', (_, schema) => {
    expect(schema.description).toMatch(/^Seconds /);
  });

  test.each(nodes.filter(([, schema]) => schema.enum !== undefined && !schema.enum.includes('True')))(
    '%s has CamelCase values',
    (_, schema) => {
      for (const value of schema.enum ?? []) expect(value).toMatch(/^[A-Z][A-Za-z]*$/);
    },
  );

  const rules = nodes.flatMap(([path, schema]) =>
    (schema['x-kubernetes-validations'] ?? []).map(({ message }) => ({ path, message })),
  );
  test.each(rules)('the rule "$message" says what must hold and names the field in backquotes', ({ message }) => {
    expect(message).toMatch(/^`[a-zA-Z.]+` must /);
    expect(message).not.toMatch(/[\n"]|\.$/);
  });

  test('every rule compiles offline', () => {
    expect(checkRules(LLM_PROVIDER_SCHEMA)).toEqual([]);
  });

  test('the type checker of the rules can fail', () => {
    const rule = { rule: 'self.nope(', message: '' };
    expect(() => checkRules({ type: 'string', 'x-kubernetes-validations': [rule] })).toThrow();
  });
});

describe('constants that repeat the schema', () => {
  test('names', () => {
    expect(crd.spec).toMatchObject({
      group: LLM_PROVIDER.group,
      names: {
        kind: LLM_PROVIDER.kind,
        plural: LLM_PROVIDER.plural,
        shortNames: [LLM_PROVIDER.shortName],
        categories: [CATEGORY],
      },
    });
    expect(version.name).toBe(LLM_PROVIDER.version);
  });

  test('types and prices', () => {
    expect(at('.spec.type').enum).toEqual(PROVIDER_TYPES);
    const pricing = at('.spec.models[].pricing').properties ?? {};
    expect(Object.keys(pricing)).toEqual(PRICING_FIELDS);
    expect(new Set(Object.values(pricing).map(({ maximum }) => maximum))).toEqual(new Set([MAX_PRICE]));
  });

  test('defaults', () => {
    expect(at('.spec.enabled').default).toBe(DEFAULT_ENABLED);
    expect(at('.spec.streamUsage').default).toBe(DEFAULT_STREAM_USAGE);
    expect(at('.spec.onClientDisconnect').default).toBe(DEFAULT_ON_CLIENT_DISCONNECT);
    expect(at('.spec.tls.caSecretRef.key').default).toBe(DEFAULT_CA_SECRET_KEY);
    expect(at('.spec.anthropic.authPassthrough').default).toBe(DEFAULT_AUTH_PASSTHROUGH);
    expect(at('.spec.bedrock.credentials').default).toEqual({ type: DEFAULT_AWS_CREDENTIALS });
    expect(at('.spec.bedrock.credentials.type').default).toBe(DEFAULT_AWS_CREDENTIALS);
    for (const [field, key] of Object.entries(DEFAULT_STATIC_KEYS))
      expect(at(`.spec.bedrock.credentials.staticKeys.${field}.key`).default).toBe(key);
    for (const [name, seconds] of Object.entries(DEFAULT_TIMEOUTS))
      expect(at(`.spec.timeouts.${name}`).default).toBe(seconds);
  });

  test('defaults that depend on the type are in the descriptions', () => {
    for (const [type, url] of Object.entries(DEFAULT_BASE_URLS)) {
      expect(at('.spec.baseURL').description).toContain(
        url === undefined ? `required for ${type}` : `\`${url}\` for ${type}`,
      );
    }
    expect(at('.spec.baseURL').description).toContain(`\`${bedrockBaseURL('<region>')}\` for Bedrock`);
    for (const [type, key] of Object.entries(DEFAULT_SECRET_KEYS))
      expect(at('.spec.secretRef.key').description).toContain(`\`${key}\` for ${type}`);
  });

  test('the conditions before the first visit', () => {
    const conditions = at('.status.conditions').default as { type: string; status: string; reason: string }[];
    expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'Unknown', REASON_PENDING],
      ['Active', 'Unknown', REASON_PENDING],
    ]);
  });
});
