import { describe, expect, test } from '@jest/globals';
import { loadFixtures } from '../../../test/control-plane/crd/fixtures.ts';
import { LLM_PROVIDER_SCHEMA } from '../generated/llmprovider-schema.ts';
import { admitCustomResource } from './admission.ts';

describe('the offline validator says what the API server says', () => {
  test.each(loadFixtures())('$name: $title', ({ create, update, expected }) => {
    const created = admitCustomResource(create, LLM_PROVIDER_SCHEMA);
    const last = update === undefined ? created : admitCustomResource(update, LLM_PROVIDER_SCHEMA, created.object);
    if (update !== undefined) expect(created.errors).toEqual([]);
    expect(last.errors.map(({ message }) => message).toSorted()).toEqual(expected);
  });
});
