import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LLM_PROVIDER_SCHEMA } from '../../../src/api/generated/llmprovider-schema.ts';
import { admitCustomResource } from '../../../src/api/validation/admission.ts';
import type { JSONObject, StructuralSchema } from '../../../src/api/validation/schema.ts';
import { connectControlPlane, describeControlPlane } from '../../support/control-plane/index.ts';
import { LLMProviderClient } from './api-client.ts';
import { valueOf } from './arbitrary.ts';

const numRuns = Number(process.env['TIDEGATE_DIFFERENTIAL_RUNS'] ?? 300);
const timeout = 120_000;

const specSchema = LLM_PROVIDER_SCHEMA.properties?.['spec'] as StructuralSchema;
const names = fc.oneof(
  { weight: 30, arbitrary: fc.constant('example') },
  fc.constantFrom('', '9a', 'a.b', 'A', 'a-', 'é', 'a'.repeat(64), 'a'.repeat(254)),
);
const provider = (name: string, spec: unknown): JSONObject =>
  ({ apiVersion: 'tidegate.io/v1alpha1', kind: 'LLMProvider', metadata: { name }, spec }) as JSONObject;

describeControlPlane('the API server and the offline validator say the same', () => {
  let client: LLMProviderClient;

  beforeAll(async () => {
    const cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    client = new LLMProviderClient(cluster, await cluster.createNamespace('crd-differential'));
  });

  afterAll(async () => {
    await client.close();
  });

  const agreeOn = async (manifest: JSONObject): Promise<void> => {
    const offline = admitCustomResource(manifest, LLM_PROVIDER_SCHEMA).errors.map(({ message }) => message);
    // Unknown fields are told first and alone by the server, and with everything else offline.
    const unknown = offline.filter((message) => message.startsWith('unknown field '));
    const said = await client.create(manifest, { dryRun: true });
    expect(said.toSorted()).toEqual((unknown.length > 0 ? unknown : offline).toSorted());
  };

  test(
    'of any spec',
    async () => {
      const manifest = fc.tuple(names, valueOf(specSchema)).map(([name, spec]) => provider(name, spec));
      await fc.assert(fc.asyncProperty(manifest, agreeOn), { numRuns });
    },
    timeout,
  );

  test(
    'of a valid spec with one field of any value',
    async () => {
      const secretRef = { name: 'keys' };
      const valid = fc.constantFrom(
        { type: 'OpenAI', secretRef },
        { type: 'Anthropic', secretRef },
        { type: 'Anthropic', anthropic: { authPassthrough: true } },
        { type: 'GoogleAI', secretRef },
        { type: 'Bedrock', bedrock: { region: 'eu-central-1' } },
      );
      const field = fc.constantFrom(...Object.entries(specSchema.properties ?? {}));
      const spec = fc
        .tuple(valid, field)
        .chain(([whole, [name, schema]]) => valueOf(schema).map((value) => ({ ...whole, [name]: value })));
      await fc.assert(
        fc.asyncProperty(
          spec.map((each) => provider('example', each)),
          agreeOn,
        ),
        { numRuns },
      );
    },
    timeout,
  );
});
