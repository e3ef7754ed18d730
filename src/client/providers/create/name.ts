const MAX_CHARACTERS = 63;

/**
 * The name of an object for a name that people read: `Größe & Co. (EU)` → `grosse-co-eu`. Undefined when nothing is left
 * that may stand in one.
 */
export function resourceName(displayName: string): string | undefined {
  const name = displayName
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, MAX_CHARACTERS)
    .replace(/-+$/, '');
  return name === '' ? undefined : name;
}
