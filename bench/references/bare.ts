/**
 * The reference: the least that a proxy on `node:http` and undici can do. No route, no identity, no limits, no meter,
 * no log. `node bench/references/bare.ts <upstream port> <port>`
 */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const [upstreamPort = '', port = ''] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 4096, pipelining: 1 });

const server = createServer((request, response) => {
  void (async () => {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await pool.request({
      method: request.method as 'POST',
      path: request.url ?? '/',
      headers: { ...headers, authorization: 'Bearer sk-bench-upstream' },
      body: request,
      responseHeaders: 'raw',
    });
    response.writeHead(answer.statusCode, withoutHopByHop(answer.headers as unknown as string[]));
    await pipeline(answer.body, response);
  })().catch(() => response.destroy());
});

function withoutHopByHop(raw: readonly (string | Buffer)[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = String(raw[at]);
    if (name !== 'transfer-encoding' && name !== 'connection') kept.push(name, String(raw[at + 1]));
  }
  return kept;
}

server.listen(Number(port), '127.0.0.1');
