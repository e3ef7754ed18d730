/**
 * What stays in the table as it was published because its source can't be read now. A source that fails to answer is not
 * a source that has nothing: otherwise a denied list or an unreadable Secret would take working routes away. Nothing stays
 * that is guarded less than it should be: what is known of its Guardrails counts at once.
 */
import {
  REASON_GUARDRAIL_NOT_FOUND,
  REASON_GUARDRAIL_NOT_READY,
  REASON_GUARDRAIL_UNREADABLE,
  REASON_SECRET_UNREADABLE,
} from '../api/conditions.ts';
import type { CompileResult, GuardrailVerdict, Verdict } from '../compile/index.ts';
import {
  guardrailHash,
  makeTable,
  type GuardrailEntry,
  type ProviderEntry,
  type RoutingTable,
} from '../table/index.ts';
import { readyReason } from './guardrail-status.ts';
import type { Knowledge } from './sources.ts';

/** What is known of the namespace of a key. */
export interface KnowledgeOf {
  readonly providers: (key: string) => Knowledge;
  readonly guardrails: (key: string) => Knowledge;
}

/** What tells versions of an object apart. */
type Version = Pick<ProviderEntry, 'uid' | 'generation'>;

/** An empty or a given-up namespace keeps nothing: neither its entries nor their credentials. */
const KEPT: ReadonlySet<Knowledge> = new Set(['Refused', 'Pending']);

const UNREADABLE: ReadonlySet<string> = new Set([REASON_SECRET_UNREADABLE, REASON_GUARDRAIL_UNREADABLE]);

export function carryOver(
  result: CompileResult,
  published: RoutingTable | undefined,
  knowledgeOf: KnowledgeOf,
): RoutingTable {
  const { table, verdicts } = result;
  if (published === undefined) return table;
  const kept = new Map(table.providers.map((entry) => [`${entry.namespace}/${entry.name}`, entry]));
  const publishedGuardrails = new Map(published.guardrails.map((entry) => [guardrailHash(entry), entry]));
  let changed = false;
  for (const entry of published.providers) {
    const key = `${entry.namespace}/${entry.name}`;
    const verdict = verdicts.get(key);
    if (verdict === undefined ? !KEPT.has(knowledgeOf.providers(key)) : !isKept(verdict, entry)) continue;
    kept.set(key, guarded(entry, result, publishedGuardrails, knowledgeOf));
    changed = true;
  }
  return changed ? makeTable(kept.values(), guardrailsOf(result, published)) : table;
}

/** Keys of the Guardrails of providers that {@link carryOver} keeps because nothing is known of their namespace now. */
export function keptReferences(
  published: RoutingTable | undefined,
  knowledgeOf: KnowledgeOf['providers'],
): ReadonlySet<string> {
  const kept = (published?.providers ?? []).filter(({ namespace, name }) =>
    KEPT.has(knowledgeOf(`${namespace}/${name}`)),
  );
  return new Set(kept.flatMap(({ namespace, guardrails }) => guardrails.map(({ name }) => `${namespace}/${name}`)));
}

/** Whether this very version was published, and all that is amiss is that something can't be read. */
function isKept(verdict: Verdict | GuardrailVerdict | undefined, entry: Version | undefined): boolean {
  if (verdict?.outcome.kind !== 'Broken' || !UNREADABLE.has(verdict.outcome.reason)) return false;
  return verdict.uid === entry?.uid && verdict.generation === entry.generation;
}

/** The entry with its Guardrails as they are now; Unavailable when one is known to be missing or not ready. */
function guarded(
  entry: ProviderEntry,
  { guardrails }: CompileResult,
  published: ReadonlyMap<string, GuardrailEntry>,
  knowledgeOf: KnowledgeOf,
): ProviderEntry {
  if (!entry.enabled || entry.availability.state === 'Unavailable') return entry;
  let changed = false;
  const references = [];
  for (const reference of entry.guardrails) {
    const key = `${entry.namespace}/${reference.name}`;
    const verdict = guardrails.get(key);
    if (knowledgeOf.guardrails(key) !== 'Synced' || isKept(verdict, published.get(reference.hash))) {
      references.push(reference);
      continue;
    }
    if (verdict?.entry === undefined) return unavailable(entry, key, verdict);
    const hash = guardrailHash(verdict.entry);
    changed ||= hash !== reference.hash;
    references.push({ name: reference.name, hash });
  }
  return changed ? { ...entry, guardrails: references } : entry;
}

function unavailable(entry: ProviderEntry, key: string, verdict: GuardrailVerdict | undefined): ProviderEntry {
  const { tlsCA: _, ...rest } = entry;
  const why =
    verdict === undefined
      ? { reason: REASON_GUARDRAIL_NOT_FOUND, message: `guardrail "${key}" not found` }
      : { reason: REASON_GUARDRAIL_NOT_READY, message: `guardrail "${key}" is not ready: ${readyReason(verdict)}` };
  return { ...rest, availability: { state: 'Unavailable', ...why }, credential: { kind: 'None' }, guardrails: [] };
}

function guardrailsOf({ table, guardrails }: CompileResult, published: RoutingTable): readonly GuardrailEntry[] {
  const ready = [...guardrails.values()].flatMap(({ entry }) => entry ?? []);
  return [...published.guardrails, ...table.guardrails, ...ready];
}
