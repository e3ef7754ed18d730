/** Objects as they come from outside: by identity, each once, in an order of their own. */
import { canonicalJSON } from '../table/index.ts';

export interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
}

/** An object that can be compiled. */
export interface Candidate<T> {
  readonly identity: Identity;
  /** As it came. */
  readonly value: T;
}

/** By key, sorted, each once, without what has no identity or is being deleted. */
export function inOrder<T extends object>(objects: readonly T[]): ReadonlyMap<string, Candidate<T>> {
  const found = new Map<string, Candidate<T>>();
  for (const value of objects) {
    const identity = identityOf(value);
    if (identity === undefined) continue;
    const key = `${identity.namespace}/${identity.name}`;
    const other = found.get(key);
    if (other === undefined || precedes(value, other.value)) found.set(key, { identity, value });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function identityOf(value: unknown): Identity | undefined {
  const { metadata } = (value ?? {}) as { readonly metadata?: Readonly<Record<string, unknown>> | null };
  const { namespace, name, uid, generation, deletionTimestamp } = metadata ?? {};
  if (!isName(namespace) || !isName(name) || deletionTimestamp !== undefined) return undefined;
  return {
    namespace,
    name,
    uid: typeof uid === 'string' ? uid : '',
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) && generation >= 0 ? generation : 0,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('/');
}

/** Of two objects with one key, a fixed one counts, whichever came first. Only a directory can hold such two. */
function precedes(a: unknown, b: unknown): boolean {
  try {
    return canonicalJSON(a) < canonicalJSON(b);
  } catch {
    return false;
  }
}
