/**
 * What stays in the table as it was published because its source can't be read now. A source that fails to answer is not
 * a source that has nothing: otherwise a denied list or an unreadable Secret would take working routes away.
 */
import { REASON_SECRET_UNREADABLE } from '../api/conditions.ts';
import type { CompileResult } from '../compile/index.ts';
import { makeTable, type RoutingTable } from '../table/index.ts';
import type { Knowledge } from './sources.ts';

/** An empty or a given-up namespace keeps nothing: neither its entries nor their credentials. */
const KEPT: ReadonlySet<Knowledge> = new Set(['Refused', 'Pending']);

/** `knowledgeOf` tells what is known of the LLMProviders in the namespace of this key. */
export function carryOver(
  { table, verdicts }: CompileResult,
  published: RoutingTable | undefined,
  knowledgeOf: (key: string) => Knowledge,
): RoutingTable {
  if (published === undefined) return table;
  const kept = new Map(table.providers.map((entry) => [`${entry.namespace}/${entry.name}`, entry]));
  let changed = false;
  for (const entry of published.providers) {
    const key = `${entry.namespace}/${entry.name}`;
    const verdict = verdicts.get(key);
    const keep =
      verdict === undefined
        ? KEPT.has(knowledgeOf(key))
        : verdict.outcome.kind === 'Broken' &&
          verdict.outcome.reason === REASON_SECRET_UNREADABLE &&
          verdict.uid === entry.uid &&
          verdict.generation === entry.generation;
    if (!keep) continue;
    kept.set(key, entry);
    changed = true;
  }
  return changed ? makeTable(kept.values()) : table;
}
