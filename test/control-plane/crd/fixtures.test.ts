import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, type Connection } from '../../support/control-plane/index.ts';
import { CustomResourceClient } from './api-client.ts';
import { loadFixtures } from './fixtures.ts';
import { GUARDRAILS, LLM_PROVIDERS } from './kinds.ts';

describeControlPlane('the API server and the fixtures', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    namespace = await cluster.createNamespace('crd-fixtures');
  });

  describe.each([LLM_PROVIDERS, GUARDRAILS])('of $resource.kind', ({ resource }) => {
    let client: CustomResourceClient;

    beforeAll(() => {
      client = new CustomResourceClient(cluster, namespace, resource);
    });

    afterAll(async () => {
      await client.close();
    });

    test.each(loadFixtures(resource))('$name: $title', async ({ create, update, expected }) => {
      const { name = '' } = create['metadata'] as { name?: string };
      let errors = await client.create(create);
      try {
        if (update !== undefined) {
          expect(errors).toEqual([]);
          errors = await client.replace(name, update);
        }
        expect(errors.toSorted()).toEqual(expected);
      } finally {
        if (name !== '') await client.delete(name);
      }
    });
  });
});
