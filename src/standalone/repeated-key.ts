import { isScalar, visit, type Document } from 'yaml';

/**
 * Offset of the first key that its map has already; undefined: there is none. The parser's own look for them compares
 * each key with each: minutes for a file of 3 MB. A map may be merged into (`<<`) as often as one likes.
 */
export function repeatedKey(document: Document): number | undefined {
  let first: number | undefined;
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        // The value of a merge is a symbol of its own.
        if (seen.has(key.value) && (first === undefined || offset < first)) first = offset;
        seen.add(key.value);
      }
    },
  });
  return first;
}
