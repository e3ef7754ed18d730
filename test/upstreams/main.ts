/**
 * The upstream as a process of its own: `node test/upstreams/main.ts [port]`. Accepts the keys in `UPSTREAM_KEYS`
 * (comma-separated; none: any caller), prints one line of JSON with its origin, and ends when its stdin does.
 */
import { openAI } from './openai/index.ts';
import { UpstreamServer } from './server.ts';

const keys = (process.env['UPSTREAM_KEYS'] ?? '').split(',').filter((key) => key !== '');
const port = Number(process.argv[2] ?? '0');
const upstream = await UpstreamServer.start({ wire: openAI(), keys, port, remember: false });
process.stdout.write(`${JSON.stringify({ origin: upstream.origin })}\n`);
process.stdin.resume();
process.stdin.once('end', () => void upstream[Symbol.asyncDispose]());
