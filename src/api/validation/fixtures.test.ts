import { describe, expect, test } from '@jest/globals';
import { loadFixtures } from '../../../test/control-plane/crd/fixtures.ts';
import { GUARDRAILS, LLM_PROVIDERS } from '../../../test/control-plane/crd/kinds.ts';
import { admitCustomResource } from './admission.ts';

describe.each([LLM_PROVIDERS, GUARDRAILS])(
  'of $resource.kind the offline validator says what the API server says',
  ({ resource, schema }) => {
    test.each(loadFixtures(resource))('$name: $title', ({ create, update, expected }) => {
      const created = admitCustomResource(create, schema);
      const last = update === undefined ? created : admitCustomResource(update, schema, created.object);
      if (update !== undefined) expect(created.errors).toEqual([]);
      expect(last.errors.map(({ message }) => message).toSorted()).toEqual(expected);
    });
  },
);
