/** Mistake 5: gateways that grow with what passes through them. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { post } from '../../support/gateway/index.ts';
import { families, rowsByType } from '../../support/mistakes/families.ts';
import { EveryType, headersFor, limited, nameOf } from '../../support/mistakes/gateway.ts';

const MEBIBYTE = 1024 * 1024;

let every: EveryType;

beforeAll(async () => {
  every = await EveryType.start({
    families,
    variants: { limited },
    config: { limits: { bytesInFlight: 3 * MEBIBYTE } },
  });
});

afterAll(() => every[Symbol.asyncDispose]());

beforeEach(() => every.forget());

test.each(rowsByType)('mistake 5: answers of a thousand chunks leave memory flat: %s', async (_name, family) => {
  const scenario = { contentFrames: 1000, bodyBytes: 40_000_000 };
  // So that the process has the size that it works with when answers of this size pass.
  await every.post(family, family.streamed, scenario);
  const before = every.gateway.process.residentBytes();
  let most = before;
  let received = 0;
  for (let count = 0; count < 5; count++) {
    const answer = await every.begin(family, scenario);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received % 16 === 0) most = Math.max(most, every.gateway.process.residentBytes());
    }
    every.forget();
  }
  expect(received).toBeGreaterThan(200_000_000);
  expect(most - before).toBeLessThan(100_000_000);
});

test.each(rowsByType)('mistake 5: bodies that are held are limited all together: %s', async (_name, family) => {
  const url = every.url(family.whole, nameOf(family, 'limited'));
  const body = JSON.stringify({ ...family.whole.body, picture: 'x'.repeat(2 * MEBIBYTE) });
  const call = (): ReturnType<typeof post> => post(url, body, headersFor({}));
  expect((await call()).status).toBe(200);
  let slow = await beginBody(url, body.length, body.slice(0, -1));
  const refused = await waitFor('a refusal', async () => {
    // Whose chunk it is that finds no room is a race of the two: when it was the slow one's, it begins again.
    if (slow.bytesRead > 0 || slow.destroyed) slow = await beginBody(url, body.length, body.slice(0, -1));
    const answer = await call();
    return answer.status === 503 && answer;
  });
  expect(refused.headers['x-tidegate-error']).toBe('Overloaded');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  slow.destroy();
  await waitFor('room again', async () => (await call()).status === 200);
});

/** Sends the head of a POST and so much of its body. */
function beginBody(target: string, length: number, part: string): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(target);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('error', reject);
    socket.resume();
    socket.once('connect', () => {
      const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\nanthropic-version: 2023-06-01\r\ncontent-length: ${length}\r\n\r\n`;
      socket.write(head + part);
      resolve(socket);
    });
  });
}
