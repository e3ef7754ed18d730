/**
 * What a table says of a word that somebody else chose; undefined: nothing. `constructor` is in none, though every object
 * answers to it.
 */
export function entryOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
