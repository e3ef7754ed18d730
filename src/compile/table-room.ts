/**
 * Which Guardrails the routing table has room for. It is one for all tenants: were it simply too large, nobody's changes could be
 * published any more. So Guardrails may take a part of it, what is published stays, and who comes too late is told so. Pure.
 */
import { REASON_SECRET_UNREADABLE, REASON_TABLE_FULL } from '../api/conditions.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import {
  guardrailBytes,
  guardrailHash,
  guardrailSize,
  TABLE_LIMITS,
  type EntrySize,
  type GuardrailEntry,
} from '../table/index.ts';
import { broken, type CompiledGuardrail } from './guardrail-trial.ts';
import { inOrder } from './objects.ts';
import type { CompileInput } from './types.ts';

/** What Guardrails may take together. The rest is kept for providers, so that theirs can change while Guardrails fill it. */
const GUARDRAIL_ROOM: EntrySize = {
  bytes: (TABLE_LIMITS.bytes / 8) * 7,
  compressedBytes: (TABLE_LIMITS.compressedBytes / 8) * 7,
};

/** The same verdict object as long as the Guardrail is the same. */
const omitted = new WeakMap<CompiledGuardrail, CompiledGuardrail>();

/**
 * The Guardrails with a verdict of its own for each that does not fit. Room is given to those that are published as they are,
 * then to changes that take no more than what is published of them, so that nobody's growth puts them out, then to those
 * that take more, then to new ones; of each kind to the smaller first. `room`: parameter for tests.
 */
export function fitting(
  compiled: ReadonlyMap<string, CompiledGuardrail>,
  {
    providers,
    unreadableGuardrail,
    publishedGuardrails,
    keptReferences = new Set(),
  }: Omit<CompileInput, 'guardrails' | 'secrets'>,
  room: EntrySize = GUARDRAIL_ROOM,
): ReadonlyMap<string, CompiledGuardrail> {
  if (publishedGuardrails === undefined) return compiled;
  const published = new Map(publishedGuardrails.map((entry) => [guardrailHash(entry), entry]));
  const isUnreadable = (key: string): boolean =>
    unreadableGuardrail?.(key) !== undefined || reasonOf(compiled.get(key)) === REASON_SECRET_UNREADABLE;
  // They stay as they were published.
  const kept = publishedGuardrails.filter((entry) => isUnreadable(keyOf(entry)));
  const wanted = [...compiled.values()].flatMap(({ entry }) => entry ?? []);
  // JSON does not grow when it is compressed: most tables are nowhere near.
  if ([...kept, ...wanted].reduce((sum, entry) => sum + guardrailBytes(entry), 0) <= room.compressedBytes) {
    return compiled;
  }
  const used = referredTo(providers);
  const before = new Map(publishedGuardrails.map((entry) => [keyOf(entry), entry]));
  const rank = (entry: GuardrailEntry, size: EntrySize): number => {
    if (published.has(guardrailHash(entry))) return 0;
    const own = before.get(keyOf(entry));
    if (own === undefined) return 3;
    const had = guardrailSize(own);
    return size.bytes <= had.bytes && size.compressedBytes <= had.compressedBytes ? 1 : 2;
  };
  const candidates = wanted
    .filter((entry) => used.has(keyOf(entry)) || keptReferences.has(keyOf(entry)))
    .map((entry) => ({ entry, rank: rank(entry, guardrailSize(entry)), size: guardrailSize(entry) }))
    .sort((a, b) => a.rank - b.rank || a.size.compressedBytes - b.size.compressedBytes || compare(a.entry, b.entry));
  let taken = kept.map(guardrailSize).reduce(sumOf, { bytes: 0, compressedBytes: 0 });
  const result = new Map(compiled);
  for (const { entry, rank: place, size } of candidates) {
    const sum = sumOf(taken, size);
    const key = keyOf(entry);
    const own = compiled.get(key);
    if (place === 0 || (sum.bytes <= room.bytes && sum.compressedBytes <= room.compressedBytes)) taken = sum;
    else if (own !== undefined) result.set(key, withoutRoom(own, size, room));
  }
  return result;
}

function withoutRoom(compiled: CompiledGuardrail, size: EntrySize, room: EntrySize): CompiledGuardrail {
  let verdict = omitted.get(compiled);
  if (verdict === undefined) {
    const message =
      `the routing table has no room for it: it takes ${kib(size.compressedBytes)} KiB compressed, and all Guardrails that are in ` +
      `use, of all namespaces, may take ${kib(room.compressedBytes)} KiB`;
    const { namespace, name, uid, generation, testsPassed } = compiled;
    const problems = [{ path: ['spec'], message }];
    verdict = broken({ namespace, name, uid, generation }, REASON_TABLE_FULL, message, problems, testsPassed);
    omitted.set(compiled, verdict);
  }
  return verdict;
}

/** Keys of the Guardrails that providers name: no others are in the table. Objects come from outside. */
function referredTo(providers: readonly LLMProvider[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [, { identity, value }] of inOrder(providers)) {
    const spec = value.spec as { readonly guardrailRefs?: unknown } | undefined;
    const refs: readonly unknown[] = Array.isArray(spec?.guardrailRefs) ? spec.guardrailRefs : [];
    for (const ref of refs) keys.add(`${identity.namespace}/${String((ref as { name?: unknown } | null)?.name)}`);
  }
  return keys;
}

function reasonOf(compiled: CompiledGuardrail | undefined): string | undefined {
  return compiled?.outcome.kind === 'Broken' ? compiled.outcome.reason : undefined;
}

function keyOf({ namespace, name }: GuardrailEntry): string {
  return `${namespace}/${name}`;
}

function sumOf(a: EntrySize, b: EntrySize): EntrySize {
  return { bytes: a.bytes + b.bytes, compressedBytes: a.compressedBytes + b.compressedBytes };
}

function compare(a: GuardrailEntry, b: GuardrailEntry): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function kib(bytes: number): string {
  return String(Math.ceil(bytes / 1024));
}
