import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { providerEntry } from '../../../test/support/wire.ts';
import { isModelAllowed } from '../allowlist.ts';
import { filterModelList } from './model-list.ts';

const entry = providerEntry(['gpt-4o', 'o4-mini[1m]']);
const filtered = (body: string): string | undefined => filterModelList(Buffer.from(body), entry)?.toString();

describe('filterModelList', () => {
  test.each([
    ['{"object":"list","data":[{"id":"gpt-4o"},{"id":"x"}]}', '{"object":"list","data":[{"id":"gpt-4o"}]}'],
    ['{"data":[{"id":"x"},{"id":"gpt-4o"},{"id":"y"}],"object":"list"}', '{"data":[{"id":"gpt-4o"}],"object":"list"}'],
    ['{"data":[{"id":"x"},{"id":"y"}]}', '{"data":[]}'],
    ['{"data":[]}', '{"data":[]}'],
    [
      '{"data":[ {"id":"x"} , {"id":"gpt-4o"} ,\n{"id":"o4-mini"}\n]}',
      '{"data":[ {"id":"gpt-4o"} ,\n{"id":"o4-mini"}\n]}',
    ],
    [
      '{"data":[{"id":"gpt-4o[1m]"},{"id":"o4-mini"},{"id":"o4-mini[1m]"}]}',
      '{"data":[{"id":"gpt-4o[1m]"},{"id":"o4-mini"},{"id":"o4-mini[1m]"}]}',
    ],
    ['{"data":[{"\\u0069d":"\\u0067pt-4o"},{"id":"x"}]}', '{"data":[{"\\u0069d":"\\u0067pt-4o"}]}'],
    [
      '{"data":[{"id":"x","a":{"id":"gpt-4o"}},{"id":"gpt-4o","permission":[{"id":"x"}]}]}',
      '{"data":[{"id":"gpt-4o","permission":[{"id":"x"}]}]}',
    ],
  ])('cuts %s down to %s', (body, expected) => {
    expect(filtered(body)).toBe(expected);
  });

  test.each([
    ['an element without id', '{"data":[{"name":"gpt-4o"}]}'],
    ['an id that is no string', '{"data":[{"id":1}]}'],
    ['two ids', '{"data":[{"id":"gpt-4o","id":"x"}]}'],
    ['an element that is no object', '{"data":["gpt-4o"]}'],
    ['an element that is a list', '{"data":[["gpt-4o"]]}'],
  ])('removes %s', (_, body) => {
    expect(filtered(body)).toBe('{"data":[]}');
  });

  test.each([
    ['broken JSON', '{"data":[{"id":"x"}'],
    ['a bare list', '[{"id":"x"}]'],
    ['no data', '{"models":[{"id":"x"}]}'],
    ['data that is no list', '{"data":{"id":"x"}}'],
    ['data twice', '{"data":[{"id":"gpt-4o"}],"data":[{"id":"x"}]}'],
    ['nothing', ''],
    ['a page', '<html></html>'],
  ])('does not know %s', (_, body) => {
    expect(filtered(body)).toBeUndefined();
  });

  test('leaves the allowed elements of any list, and everything else, as they were', () => {
    const element = fc.record({
      id: fc.constantFrom('gpt-4o', 'o4-mini', 'x', 'gpt-4o[1m]', 'y'),
      owned_by: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(element), fc.constantFrom(undefined, 1, '\t'), (data, indent) => {
        const body = JSON.stringify({ object: 'list', data, first: 'x' }, undefined, indent);
        const after: unknown = JSON.parse(filtered(body) ?? '');
        expect(after).toEqual({ object: 'list', data: data.filter(({ id }) => isModelAllowed(entry, id)), first: 'x' });
      }),
    );
  });
});
