import type { ProviderEntry } from '../../table/types.ts';
import { hasAllowlist } from '../allowlist.ts';
import { isReadableAsJSON, parseContentType } from './content-type.ts';
import { MultipartScanner } from './multipart-scanner.ts';
import { RefusingScanner } from './refusing-scanner.ts';
import type { BodyScanner, Operation, UpstreamRequestHead } from '../wire.ts';
import { type JSONBodyOptions, JSONBodyScanner } from './json-body.ts';

/**
 * The scanner for a request's body. Without an allowlist, what cannot be looked into passes; with one it is refused:
 * a compressed body, a charset that is not UTF-8, a type under which a server may read other bytes as the model. `json`
 * makes the scanner of a body in JSON.
 */
export function bodyScanner(
  operation: Operation,
  head: UpstreamRequestHead,
  entry: ProviderEntry,
  json: (options: JSONBodyOptions) => BodyScanner = (options) => new JSONBodyScanner(options),
): BodyScanner | undefined {
  const location = operation.model;
  if (location.in !== 'JSONBody' && location.in !== 'Multipart') return undefined;
  const allowlist = hasAllowlist(entry);
  const problem = allowlist ? uncheckable(head, location.in) : undefined;
  if (problem !== undefined) return new RefusingScanner(problem);
  if (isCompressed(head)) return undefined;
  if (location.in === 'Multipart') {
    return new MultipartScanner(location.field, parseContentType(head.header('content-type')).parameters, allowlist);
  }
  return json({
    allowlist,
    injectUsage: operation.usageOnRequest && entry.streamUsage === 'InjectAndStrip',
  });
}

/** Whether a request's body has to be decoded before anybody can read it. */
export function isCompressed(head: Pick<UpstreamRequestHead, 'header'>): boolean {
  const encoding = (head.header('content-encoding') ?? '').trim().toLowerCase();
  return encoding !== '' && encoding !== 'identity';
}

/** Why the models in a body cannot be checked, whatever its bytes; ready for the caller. */
export function uncheckable(head: UpstreamRequestHead, kind: 'JSONBody' | 'Multipart'): string | undefined {
  if (isCompressed(head))
    return 'a compressed body cannot be checked against the allowed models: send it without content-encoding';
  if (kind === 'Multipart' || isReadableAsJSON(parseContentType(head.header('content-type')))) return undefined;
  return 'the model cannot be checked: send the body as content-type application/json in UTF-8';
}
