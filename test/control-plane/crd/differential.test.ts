import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { API_VERSION } from '../../../src/api/group.ts';
import { admitCustomResource } from '../../../src/api/validation/admission.ts';
import type { JSONObject, StructuralSchema } from '../../../src/api/validation/schema.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../../support/control-plane/index.ts';
import { CustomResourceClient } from './api-client.ts';
import { valueOf } from './arbitrary.ts';
import { GUARDRAILS, LLM_PROVIDERS, type TriedKind } from './kinds.ts';

const numRuns = Number(process.env['TIDEGATE_DIFFERENTIAL_RUNS'] ?? 300);
const timeout = 120_000;

const names = fc.oneof(
  { weight: 30, arbitrary: fc.constant('example') },
  fc.constantFrom('', '9a', 'a.b', 'A', 'a-', 'é', 'a'.repeat(64), 'a'.repeat(254)),
);
const secretRef = { name: 'keys' };

/** With specs that are valid, to change one field of. */
const kinds: readonly (TriedKind & { readonly valid: readonly JSONObject[] })[] = [
  {
    ...LLM_PROVIDERS,
    valid: [
      { type: 'OpenAI', secretRef },
      { type: 'Anthropic', secretRef },
      { type: 'Anthropic', anthropic: { authPassthrough: true } },
      { type: 'GoogleAI', secretRef },
      { type: 'Bedrock', bedrock: { region: 'eu-central-1' } },
    ],
  },
  {
    ...GUARDRAILS,
    valid: [
      { profanity: { action: 'Block' } },
      { wordFilters: [{ name: 'words', words: ['a'], action: 'Mask' }] },
      { pii: { entities: [{ type: 'Email', action: 'Mask' }] } },
      { pii: { regexes: [{ name: 'a', pattern: 'a', action: 'Detect' }] } },
      { contentPolicies: { evaluator: { http: { url: 'https://judge.example', secretRef } } } },
      {
        contentPolicies: {
          filters: [{ category: 'Hate', inputStrength: 'Low' }],
          evaluator: { openAIModeration: { providerRef: { name: 'a' } } },
        },
      },
      { timeoutMilliseconds: 500, bedrock: { identifier: 'ab12', version: '1', region: 'eu-central-1' } },
    ],
  },
];

describeControlPlane('the API server and the offline validator say the same', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    namespace = await cluster.createNamespace('crd-differential');
  });

  describe.each(kinds)('of $resource.kind', ({ resource, schema, valid }) => {
    const specSchema = schema.properties?.['spec'] as StructuralSchema;
    let client: CustomResourceClient;

    beforeAll(() => {
      client = new CustomResourceClient(cluster, namespace, resource);
    });

    afterAll(async () => {
      await client.close();
    });

    const object = (name: string, spec: unknown): JSONObject =>
      ({ apiVersion: API_VERSION, kind: resource.kind, metadata: { name }, spec }) as JSONObject;

    const agreeOn = async (manifest: JSONObject): Promise<void> => {
      const offline = admitCustomResource(manifest, schema).errors.map(({ message }) => message);
      // Unknown fields are told first and alone by the server, and with everything else offline.
      const unknown = offline.filter((message) => message.startsWith('unknown field '));
      const said = await client.create(manifest, { dryRun: true });
      expect(said.toSorted()).toEqual((unknown.length > 0 ? unknown : offline).toSorted());
    };

    test(
      'any spec',
      async () => {
        const manifest = fc.tuple(names, valueOf(specSchema)).map(([name, spec]) => object(name, spec));
        await fc.assert(fc.asyncProperty(manifest, agreeOn), { numRuns });
      },
      timeout,
    );

    test(
      'a valid spec with one field of any value',
      async () => {
        const field = fc.constantFrom(...Object.entries(specSchema.properties ?? {}));
        const spec = fc
          .tuple(fc.constantFrom(...valid), field)
          .chain(([whole, [name, member]]) => valueOf(member).map((value) => ({ ...whole, [name]: value })));
        await fc.assert(
          fc.asyncProperty(
            spec.map((each) => object('example', each)),
            agreeOn,
          ),
          { numRuns },
        );
      },
      timeout,
    );
  });
});
