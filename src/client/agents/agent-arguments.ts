/** What can be read from an agent's own arguments. */

/** The model that they name, by the last of these options: `-m x`, `--model x` or `--model=x`. */
export function modelArgument(words: readonly string[], names: readonly string[]): string | undefined {
  const end = words.indexOf('--');
  const options = end === -1 ? words : words.slice(0, end);
  const at = options.findLastIndex((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
  const word = options[at];
  if (word === undefined) return undefined;
  return names.includes(word) ? options[at + 1] : word.slice(word.indexOf('=') + 1);
}
