/** Builders for tests of a wire: heads, entries, and a body pushed through a scanner. */
import { Redacted } from '../../src/redacted.ts';
import type { BodyScan, BodyScanner, UpstreamRequestHead, UpstreamResponseHead } from '../../src/providers/wire.ts';
import type { ProviderEntry } from '../../src/table/types.ts';

export type Headers = Readonly<Record<string, string>>;

/** A request head; `target` may hold a query. */
export function requestHead(
  method: string,
  target: string,
  headers: Headers = {},
  hasBody = method === 'POST',
): UpstreamRequestHead {
  const mark = target.indexOf('?');
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    hasBody,
    header: (name) => headers[name],
  };
}

export function responseHead(headers: Headers = {}, status = 200): UpstreamResponseHead {
  return { status, header: (name) => headers[name] };
}

/** An available entry that allows `models`, all of them if there are none. */
export function providerEntry(models: readonly string[] = [], changes: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    namespace: 'team-a',
    name: 'openai',
    uid: '1',
    generation: 1,
    type: 'OpenAI',
    displayName: 'openai',
    enabled: true,
    availability: { state: 'Available' },
    baseURL: 'https://api.openai.com/v1',
    credential: { kind: 'APIKey', value: new Redacted('sk-provider') },
    models: models.map((name) => ({ name })),
    streamUsage: 'InjectAndStrip',
    onClientDisconnect: 'Cancel',
    timeouts: { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 },
    headers: [],
    guardrails: [],
    ...changes,
  };
}

/** What `scanner` says of a body in these chunks. */
export function scanBody(scanner: BodyScanner | undefined, chunks: readonly Buffer[]): BodyScan {
  if (scanner === undefined) throw new Error('the wire gave no scanner');
  for (const chunk of chunks) scanner.push(chunk);
  return scanner.end();
}

/** The body after the edits that a scan asks for. */
export function applySplices(body: Buffer, scan: BodyScan): Buffer {
  if (scan.kind === 'Invalid') throw new Error(scan.message);
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, bytes } of scan.splices) {
    parts.push(body.subarray(from, start), bytes);
    from = end;
  }
  return Buffer.concat([...parts, body.subarray(from)]);
}
