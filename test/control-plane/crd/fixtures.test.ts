import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane } from '../../support/control-plane/index.ts';
import { LLMProviderClient } from './api-client.ts';
import { loadFixtures } from './fixtures.ts';

describeControlPlane('the API server and the fixtures of LLMProvider', () => {
  let client: LLMProviderClient;

  beforeAll(async () => {
    const cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    client = new LLMProviderClient(cluster, await cluster.createNamespace('crd-fixtures'));
  });

  afterAll(async () => {
    await client.close();
  });

  test.each(loadFixtures())('$name: $title', async ({ create, update, expected }) => {
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
