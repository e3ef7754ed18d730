import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { CustomResourceDefinition, Schema } from '../../hack/generate/crd.ts';
import { CONDITION_TYPES, GUARDRAIL_REASONS, PROVIDER_REASONS, REASON_PENDING, REASONS } from './conditions.ts';
import {
  bedrockBaseURL,
  DEFAULT_APPLIES_TO,
  DEFAULT_AUTH_PASSTHROUGH,
  DEFAULT_AWS_CREDENTIALS,
  DEFAULT_BASE_URLS,
  DEFAULT_CA_SECRET_KEY,
  DEFAULT_CASE_SENSITIVE,
  DEFAULT_ENABLED,
  DEFAULT_FAILURE_POLICY,
  DEFAULT_EVALUATION_TIMEOUT,
  DEFAULT_GUARDRAIL_MODE,
  DEFAULT_HOLD_BACK_CHARACTERS,
  DEFAULT_MODERATION_MODEL,
  DEFAULT_ON_CLIENT_DISCONNECT,
  DEFAULT_SECRET_KEYS,
  DEFAULT_STATIC_KEYS,
  DEFAULT_STREAM_USAGE,
  DEFAULT_TIMEOUTS,
  DEFAULT_WEBHOOK_KEY,
  DEFAULT_WORD_MATCH,
} from './defaults.ts';
import { GUARDRAIL_SCHEMA } from './generated/guardrail-schema.ts';
import { LLM_PROVIDER_SCHEMA } from './generated/llmprovider-schema.ts';
import { CATEGORY, GUARDRAIL, LLM_PROVIDER, type ResourceKind } from './group.ts';
import { PII_TYPES } from './pii-types.ts';
import { MAX_PRICE, PRICING_FIELDS } from './pricing.ts';
import { PROVIDER_TYPES } from './provider-types.ts';
import { checkRules } from './validation/cel.ts';

/** Every node of the schema with its path; ObjectMeta is Kubernetes' own. */
function walk(schema: Schema, at: string): [string, Schema][] {
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => `${at}.${name}` !== '.metadata');
  return [
    [at, schema],
    ...members.flatMap(([name, child]) => walk(child, `${at}.${name}`)),
    ...(schema.items === undefined ? [] : walk(schema.items, `${at}[]`)),
  ];
}

/** A kind's CRD, and every node of its schema. */
class Tried {
  readonly crd: CustomResourceDefinition;
  readonly nodes: readonly [path: string, schema: Schema][];

  constructor({ group, plural }: ResourceKind) {
    const file = path.join(import.meta.dirname, `../../crds/${group}_${plural}.yaml`);
    this.crd = parse(readFileSync(file, 'utf8')) as CustomResourceDefinition;
    this.nodes = walk(this.crd.spec.versions[0].schema.openAPIV3Schema, '');
  }

  at(path: string): Schema {
    return this.nodes.find(([name]) => name === path)?.[1] ?? {};
  }
}

const providers = new Tried(LLM_PROVIDER);
const guardrails = new Tried(GUARDRAIL);

const isType =
  (type: string) =>
  ([, schema]: [string, Schema]): boolean =>
    schema.type === type;

describe.each([
  { ...LLM_PROVIDER, tried: providers, generated: LLM_PROVIDER_SCHEMA },
  { ...GUARDRAIL, tried: guardrails, generated: GUARDRAIL_SCHEMA },
])('the schema of $kind', ({ tried, generated, ...resource }) => {
  const { crd, nodes } = tried;

  test('has the names that the code knows', () => {
    expect(crd.spec).toMatchObject({
      group: resource.group,
      names: {
        kind: resource.kind,
        plural: resource.plural,
        shortNames: [resource.shortName],
        categories: [CATEGORY],
      },
    });
    expect(crd.spec.versions[0].name).toBe(resource.version);
  });

  test.each(nodes.filter(isType('string')))('%s is bounded', (_, schema) => {
    expect(schema.maxLength).toBeGreaterThan(0);
  });

  test.each(nodes.filter(isType('array')))('%s is bounded and a map or declared atomic', (_, schema) => {
    expect(schema.maxItems).toBeGreaterThan(0);
    if (schema.items?.type === 'object') expect(schema['x-kubernetes-list-map-keys']).toHaveLength(1);
    else expect(schema['x-kubernetes-list-type']).toBe('atomic');
  });

  test.each(nodes.filter(isType('integer')).filter(([path]) => path.startsWith('.spec')))(
    '%s has a lowest and a highest value',
    (_, schema) => {
      expect(schema.minimum).toBeDefined();
      expect(schema.maximum).toBeDefined();
      expect(schema.description).toContain(`from ${schema.minimum} to ${schema.maximum}`);
    },
  );

  test.each(nodes)('%s is described in plain sentences', (_, schema) => {
    expect(schema.description).toMatch(/^[A-Z].*\.$/);
  });

  test.each(
    nodes.filter(
      ([path, schema]) => path.startsWith('.spec') && schema.default !== undefined && schema.type !== 'object',
    ),
  )('%s says its default', (_, schema) => {
    const words = Array.isArray(schema.default) ? schema.default.join(' and ') : String(schema.default);
    expect(schema.description).toMatch(new RegExp(`Defaults to (both, )?\`?${words}\`?[.]`));
  });

  test.each(nodes.filter(isType('integer')).filter(([path]) => path.startsWith('.spec')))(
    '%s says its unit',
    (path, schema) => {
      const unit = /[A-Z][a-z]+$/.exec(path)?.[0] ?? 'a name without a unit';
      expect(schema.description).toMatch(new RegExp(`^${unit} `));
    },
  );

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
    expect(checkRules(generated)).toEqual([]);
  });

  test('begins with the conditions before the first visit, which are all that is always there', () => {
    const conditions = tried.at('.status.conditions');
    const first = conditions.default as { type: string; status: string; reason: string; message: string }[];
    expect(first.map(({ status, reason, message }) => [status, reason, message])).toEqual(
      first.map(() => ['Unknown', REASON_PENDING, 'Waiting for the operator']),
    );
    for (const { type } of first) expect(CONDITION_TYPES).toContain(type);
    expect(conditions.description).toContain(first.map(({ type }) => type).join(' and '));
  });
});

test('the type checker of the rules can fail', () => {
  const rule = { rule: 'self.nope(', message: '' };
  expect(() => checkRules({ type: 'string', 'x-kubernetes-validations': [rule] })).toThrow();
});

describe('constants that repeat the schema of LLMProvider', () => {
  const at = (path: string): Schema => providers.at(path);

  test('types and prices', () => {
    expect(at('.spec.type').enum).toEqual(PROVIDER_TYPES);
    const pricing = at('.spec.models[].pricing').properties ?? {};
    expect(Object.keys(pricing)).toEqual(PRICING_FIELDS);
    expect(new Set(Object.values(pricing).map(({ maximum }) => maximum))).toEqual(new Set([MAX_PRICE]));
  });

  test.each(providers.nodes.filter(isType('number')))('%s is a price within bounds', (path, schema) => {
    expect([schema.minimum, schema.maximum]).toEqual([0, MAX_PRICE]);
    expect(schema.description).toMatch(/^USD per 1,000,000 /);
    expect(at(path.replace(/\.\w+$/, '')).description).toContain(`from 0 to ${MAX_PRICE}`);
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

  test('its conditions', () => {
    const conditions = at('.status.conditions').default as { type: string }[];
    expect(conditions.map(({ type }) => type)).toEqual(['Ready', 'Active']);
  });

  test('names of Guardrails are those that a Guardrail can have', () => {
    const [rule] = at('.spec.guardrailRefs[].name')['x-kubernetes-validations'] ?? [];
    const [pattern = 'none'] = /'\^.*\$'/.exec(rule?.rule ?? '') ?? [];
    const [names] = guardrails.at('')['x-kubernetes-validations'] ?? [];
    expect(names?.rule).toContain(pattern);
    expect(names?.rule).toContain(`<= ${at('.spec.guardrailRefs[].name').maxLength} `);
  });
});

describe('constants that repeat the schema of Guardrail', () => {
  const at = (path: string): Schema => guardrails.at(path);
  const rules = ['.spec.wordFilters[]', '.spec.profanity', '.spec.pii.entities[]', '.spec.pii.regexes[]'];

  test('kinds of data', () => {
    expect(at('.spec.pii.entities[].type').enum).toEqual(PII_TYPES);
    expect(at('.spec.pii.entities').maxItems).toBeGreaterThanOrEqual(PII_TYPES.length);
  });

  test('defaults', () => {
    expect(at('.spec.mode').default).toBe(DEFAULT_GUARDRAIL_MODE);
    expect(at('.spec.failurePolicy').default).toBe(DEFAULT_FAILURE_POLICY);
    expect(at('.spec.wordFilters[].match').default).toBe(DEFAULT_WORD_MATCH);
    expect(at('.spec.wordFilters[].caseSensitive').default).toBe(DEFAULT_CASE_SENSITIVE);
    expect(at('.spec.streaming').default).toEqual({});
    expect(at('.spec.streaming.holdBackCharacters').default).toBe(DEFAULT_HOLD_BACK_CHARACTERS);
    for (const rule of rules) expect(at(`${rule}.appliesTo`).default).toEqual(DEFAULT_APPLIES_TO);
  });

  test('defaults of judges elsewhere', () => {
    const policies = '.spec.contentPolicies';
    expect(at(`${policies}.evaluator.openAIModeration.model`).default).toBe(DEFAULT_MODERATION_MODEL);
    expect(at(`${policies}.evaluator.http.secretRef.key`).default).toBe(DEFAULT_WEBHOOK_KEY);
    expect(at(`${policies}.evaluator.http.tls.caSecretRef.key`).default).toBe(DEFAULT_CA_SECRET_KEY);
    expect(at('.spec.timeoutMilliseconds').description).toContain(`Defaults to ${DEFAULT_EVALUATION_TIMEOUT}.`);
    expect(at('.spec.bedrock.baseURL').description).toContain(`\`${bedrockBaseURL('<region>')}\``);
    expect(at('.spec.bedrock.credentials')).toEqual({
      ...providers.at('.spec.bedrock.credentials'),
      description: at('.spec.bedrock.credentials').description,
    });
  });

  test('every rule has the same actions and directions', () => {
    for (const rule of rules) {
      expect(at(`${rule}.action`).enum).toEqual(['Block', 'Mask', 'Detect']);
      expect(at(`${rule}.appliesTo[]`).enum).toEqual(DEFAULT_APPLIES_TO);
    }
  });

  test('its conditions', () => {
    const conditions = at('.status.conditions').default as { type: string }[];
    expect(conditions.map(({ type }) => type)).toEqual(['Ready']);
  });
});

test('every kind has conditions of the same shape', () => {
  expect(guardrails.at('.status.conditions[]')).toEqual(providers.at('.status.conditions[]'));
});

test('every reason is of a kind', () => {
  expect(REASONS.filter((reason) => ![...PROVIDER_REASONS, ...GUARDRAIL_REASONS].includes(reason))).toEqual([]);
});
