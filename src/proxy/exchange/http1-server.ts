/** HTTP/1.1 on `node:http`: its limits, and what is refused before there is an exchange. */
import { createServer } from '../../node-http.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { Exchange } from './exchange.ts';
import { HTTP1Connection } from './http1-connection.ts';
import type { Fault } from './http1-connection.ts';
import { asksForWebSocket, HTTP1UpgradeExchange } from './http1-upgrade.ts';
import { HTTP1Exchange } from './http1.ts';
import { MAX_HEADER_BYTES } from './limits.ts';

const CONNECT: Fault = { status: 400, message: 'The method CONNECT is not forwarded.' };
const EXPECTATION: Fault = { status: 417, message: 'The only expectation that is met is 100-continue.' };
const VERSION: Fault = { status: 400, message: 'The request line names a version of HTTP that is not spoken here.' };
const CODING: Fault = { status: 501, message: 'The only transfer coding that is understood is chunked.' };
const HOST: Fault = { status: 400, message: 'A request has exactly one Host header.' };
const UPGRADE: Fault = { status: 400, message: 'The only upgrade is a WebSocket: GET over HTTP/1.1, without a body.' };
const MALFORMED: Fault = { status: 400, message: 'The request is not well-formed HTTP.' };
const TIMEOUT: Fault = { status: 408, message: 'The head of the request did not come in time.' };
const TOO_LARGE: Fault = {
  status: 431,
  message: `The head of the request is larger than ${MAX_HEADER_BYTES / 1024} KiB.`,
};

export function createHTTP1(limits: Limits, onExchange: (exchange: Exchange) => void): Server {
  const headerMilliseconds = limits.headerSeconds * 1000;
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headerMilliseconds,
    // A large upload may take long: its idle time is limited by the pipeline, not its whole.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    connectionsCheckingInterval: Math.min(2000, Math.max(50, headerMilliseconds / 2)),
    insecureHTTPParser: false,
    // Looked at below, where two of them are refused as well.
    requireHostHeader: false,
    noDelay: true,
    // Any other upgrade is declined by ignoring it (RFC 9110 §7.8), also one that answers to earlier requests would meet.
    shouldUpgradeCallback: (request) => asksForWebSocket(request) && HTTP1Connection.of(request.socket).open === 0,
  });
  // Every header is forwarded or the request is refused; none is dropped for being the 2,001st.
  server.maxHeadersCount = 0;
  const accept = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const { socket } = request;
    const connection = HTTP1Connection.of(socket);
    if (connection.isRefused) return;
    const fault = faultOf(request);
    if (fault !== undefined) connection.refuse(socket, fault);
    else onExchange(new HTTP1Exchange(request, response, expectsContinue, connection));
  };
  server.on('request', (request, response) => accept(request, response, false));
  server.on('checkContinue', (request, response) => accept(request, response, true));
  server.on('upgrade', (request, duplex, early) => {
    const socket = duplex as Socket; // a TCP listener's, see listener.ts
    const connection = HTTP1Connection.of(socket);
    if (connection.isRefused) return;
    socket.setTimeout(0);
    // Node.js before 24.9 does not ask the callback above.
    const fault = faultOf(request) ?? (asksForWebSocket(request) && connection.open === 0 ? undefined : UPGRADE);
    if (fault === undefined) onExchange(new HTTP1UpgradeExchange(request, socket, early, connection));
    else {
      socket.on('error', () => socket.destroy());
      socket.resume();
      connection.refuse(socket, fault);
    }
  });
  server.on('checkExpectation', ({ socket }) => HTTP1Connection.of(socket).refuse(socket, EXPECTATION));
  server.on('connect', (_request, socket) => {
    // node:http has let go of the socket.
    socket.on('error', () => socket.destroy());
    socket.resume();
    HTTP1Connection.of(socket).refuse(socket, CONNECT);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else HTTP1Connection.of(socket).refuse(socket, faultBehind(error.code));
  });
  return server;
}

/** RFC 9112 §2.3, §3.2 and §6.1: what would be decoded here by nobody must not go on as if it were. */
function faultOf(request: IncomingMessage): Fault | undefined {
  if (request.httpVersionMajor !== 1) return VERSION;
  const { rawHeaders } = request;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    const isCoding = name.length === 17 && name.toLowerCase() === 'transfer-encoding';
    if (isCoding && rawHeaders[i + 1]?.toLowerCase() !== 'chunked') return CODING;
  }
  return hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0) ? HOST : undefined;
}

/** Of an error of the parser. */
function faultBehind(code: string | undefined): Fault {
  if (code === 'HPE_HEADER_OVERFLOW') return TOO_LARGE;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMEOUT;
  return MALFORMED;
}
