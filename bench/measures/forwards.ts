/** Whether a target forwards a stream as it is: what is measured afterwards is then the same work. */
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from '../load/client.ts';
import type { StreamCall } from '../load/payloads/wire.ts';
import type { BenchUpstream } from '../load/upstream.ts';
import type { Target } from '../target.ts';

/** Bytes without the frames of their transfer chunks. */
function unframed(bytes: Buffer): Buffer {
  const contents: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    contents.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(contents);
}

/** Throws when a stream of the call comes out of the target otherwise than the upstream sent it. */
export async function checkForwards(target: Target, upstream: BenchUpstream, call: StreamCall): Promise<void> {
  const ticks = 3;
  const url = `http://127.0.0.1:${target.port}${pathOf(target, call, { ticks })}`;
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
  const ended = fetch(url, { method: 'POST', headers, body: call.body }).then(async (answer) => ({
    status: answer.status,
    body: Buffer.from(await answer.arrayBuffer()),
  }));
  const { status, body } = await Promise.race([
    ended,
    delay(10_000).then(() => ({ status: 0, body: Buffer.from('no end within 10 s') })),
  ]);
  // The first chunk comes with the beginning.
  const chunks = Array.from({ length: ticks + 1 }, () => call.chunk);
  const expected = unframed(Buffer.concat([call.begin, ...chunks, call.tail(false)]));
  if (status !== 200 || !body.equals(expected))
    throw new Error(`${target.name} changes the answer of ${call.name}: ${status} ${body.toString().slice(-1000)}`);
  if (upstream.openStreams > 0) throw new Error(`${target.name}: a stream of ${call.name} is still open`);
}
