/** What became of one text with `${VARIABLE}` references. */
export type Expansion =
  | { readonly kind: 'Expanded'; readonly value: string }
  /** Sorted, each once. */
  | { readonly kind: 'Unset'; readonly variables: readonly string[] }
  | { readonly kind: 'Malformed' };

// An escaped opening, a reference, or an opening that is neither.
const OPENING = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

/** Puts environment variables in place of `${NAME}`. `$${` stands for `${` itself; any other `$` is plain text. */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  const unset = new Set<string>();
  let malformed = false;
  const value = text.replaceAll(OPENING, (match, name: string | undefined) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      malformed = true;
      return '';
    }
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found === undefined) unset.add(name);
    return found ?? '';
  });
  if (malformed) return { kind: 'Malformed' };
  return unset.size > 0 ? { kind: 'Unset', variables: [...unset].sort() } : { kind: 'Expanded', value };
}
