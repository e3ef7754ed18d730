/** Requests as the fakes of AWS see them. */
import type { IncomingMessage } from 'node:http';
import type { ReceivedRequest } from '../types.ts';

/** A request from its parts. */
export function receivedRequest(
  parts: Pick<ReceivedRequest, 'method' | 'target' | 'rawHeaders' | 'body'>,
): ReceivedRequest {
  const { rawHeaders } = parts;
  return {
    ...parts,
    httpVersion: '1.1',
    header(name) {
      const index = rawHeaders.findIndex((header, at) => at % 2 === 0 && header.toLowerCase() === name);
      return index < 0 ? undefined : rawHeaders[index + 1];
    },
  };
}

/** A request of node's, with its whole body. */
export async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = '', url: target = '', rawHeaders } = incoming;
  return receivedRequest({ method, target, rawHeaders, body: Buffer.concat(chunks) });
}
