import type { ProviderEntry } from '../../table/types.ts';
import { hasAllowlist } from '../allowlist.ts';
import type { KnownMembers } from '../shared/body-members.ts';
import { bodyScanner as sharedBodyScanner } from '../shared/body-scanner.ts';
import { JSONBodyScanner } from '../shared/json-body.ts';
import type { BodyScanner, Operation, UpstreamRequestHead } from '../wire.ts';
import { BatchBodyScanner } from './batch-body.ts';

/** Members of a message's body (beta: server-side fallback and its credit). */
const KNOWN_MEMBERS: KnownMembers = new Map([
  ['fallbacks', 'Models'],
  ['fallback_credit_token', 'Harmless'],
]);

/** The scanner for a request's body; a batch is only looked into for its models. */
export function bodyScanner(
  operation: Operation,
  head: UpstreamRequestHead,
  entry: ProviderEntry,
): BodyScanner | undefined {
  if (operation.api !== 'Anthropic') return sharedBodyScanner(operation, head, entry);
  const batch = operation.name === 'batches';
  if (batch && !hasAllowlist(entry)) return undefined;
  return sharedBodyScanner(operation, head, entry, (options) =>
    batch ? new BatchBodyScanner(KNOWN_MEMBERS) : new JSONBodyScanner({ ...options, knownMembers: KNOWN_MEMBERS }),
  );
}
