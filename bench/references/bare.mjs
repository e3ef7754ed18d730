/**
 * The reference: the least that a proxy on `node:http` and undici can do. No route, no identity, no limits, no meter,
 * no log. Plain JavaScript, so that its memory is not that of a compiler.
 * `node bench/references/bare.mjs <upstream port> <port>`
 */
import { createServer } from 'node:http';
import { argv } from 'node:process';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const [upstreamPort, port] = argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 4096, pipelining: 1 });

const server = createServer((request, response) => {
  forward(request, response).catch(() => response.destroy());
});

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function forward(request, response) {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const answer = await pool.request({
    method: /** @type {'POST'} */ (request.method),
    path: request.url ?? '/',
    headers: { ...headers, authorization: 'Bearer sk-bench-upstream' },
    body: request,
  });
  delete answer.headers['transfer-encoding'];
  delete answer.headers['connection'];
  response.writeHead(answer.statusCode, answer.headers);
  await pipeline(answer.body, response);
}

server.listen(Number(port), '127.0.0.1');
