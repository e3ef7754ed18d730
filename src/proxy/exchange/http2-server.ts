/** HTTP/2 on `node:http2`, with its limits. */
import { createServer } from 'node:http2';
import type { Http2Server } from 'node:http2';
import type { Limits } from '../../config/types.ts';
import type { Exchange } from './exchange.ts';
import { HTTP2Connection } from './http2-connection.ts';
import { HTTP2Exchange } from './http2.ts';
import { MAX_HEADER_BYTES } from './limits.ts';

/** Bytes of an answer's compressed headers: more than an upstream may send. */
const MAX_ANSWER_HEADER_BYTES = 256 * 1024;
/** HTTP/2 flag END_STREAM of a HEADERS frame. */
const END_STREAM = 0x1;

export function createHTTP2(limits: Limits, onExchange: (exchange: Exchange) => void): Http2Server {
  const server = createServer({
    settings: {
      maxConcurrentStreams: Math.min(256, limits.openRequests),
      maxHeaderListSize: MAX_HEADER_BYTES,
      enablePush: false,
    },
    maxSendHeaderBlockLength: MAX_ANSWER_HEADER_BYTES,
    // What an upstream sent twice goes to the client twice, as over HTTP/1.1.
    strictSingleValueFields: false,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxSessionMemory: 32,
    // CVE-2023-44487 (rapid reset): a session that cancels streams faster than this is ended.
    streamResetBurst: 200,
    streamResetRate: 50,
  });
  server.on('stream', (stream, _headers, flags, rawHeaders) => {
    // A stream may be broken before it is heard of (what came with its head belies it), and an error that nobody hears ends the process.
    stream.on('error', ignore);
    const { session } = stream;
    if (session === undefined) return;
    onExchange(new HTTP2Exchange(stream, rawHeaders, (flags & END_STREAM) !== 0, HTTP2Connection.of(session)));
  });
  server.on('sessionError', () => {
    // The session is destroyed by node; its streams tell their exchanges.
  });
  return server;
}

/** Errors of a stream are followed by `close`, which tells its exchange, if there is one. */
function ignore(): void {
  /* see above */
}
