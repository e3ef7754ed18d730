/** Answers in the event stream encoding of AWS that break off: an error can be told between two frames only. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { collect, send } from '../../test/support/gateway/http.ts';
import { startHarness, type Harness } from '../../test/support/proxy/harness.ts';
import { event } from '../../test/upstreams/bedrock/frames.ts';
import { Redacted } from '../redacted.ts';

const FRAME = event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } });

let harness: Harness;
let answering: ServerResponse;

beforeEach(async () => {
  harness = await startHarness({
    onRequest: (_request, response) => {
      answering = response;
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(FRAME);
    },
  });
  const [accessKeyID, secretAccessKey] = ['AKIATEST', 'secret'].map((text) => new Redacted(text));
  if (accessKeyID === undefined || secretAccessKey === undefined) throw new Error('no keys');
  harness.setEntries({
    type: 'Bedrock',
    baseURL: harness.origin,
    region: 'us-east-1',
    credential: { kind: 'AWS', source: { type: 'StaticKeys', accessKeyID, secretAccessKey } },
  });
});

afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

/** The bytes that come until the answer ends, after the upstream has sent `more` and then closed the connection. */
async function answerThatBreaks(more: Buffer): Promise<{ readonly bytes: Buffer; readonly cut: boolean }> {
  const answer = await send(`${harness.url}/model/us.amazon.nova-pro-v1%3A0/converse-stream`, {
    method: 'POST',
    body: '{"messages":[]}',
  });
  const chunks: Buffer[] = [];
  let length = 0;
  answer.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (length < FRAME.length && length + chunk.length >= FRAME.length) {
      if (more.length === 0) answering.destroy();
      else answering.write(more);
    } else if (length + chunk.length === FRAME.length + more.length) {
      answering.destroy();
    }
    length += chunk.length;
  });
  const cut = await collect(answer).then(
    () => false,
    () => true,
  );
  return { bytes: Buffer.concat(chunks), cut };
}

test('between two frames a failure is told by a frame of its own', async () => {
  const { bytes, cut } = await answerThatBreaks(Buffer.alloc(0));
  expect(cut).toBe(false);
  expect(bytes.subarray(0, FRAME.length).equals(FRAME)).toBe(true);
  expect(bytes.subarray(FRAME.length).toString('latin1')).toContain('modelStreamErrorException');
});

test.each([1, 11, 40, FRAME.length - 1])('after %d bytes of a frame the answer is cut', async (length) => {
  const { bytes, cut } = await answerThatBreaks(FRAME.subarray(0, length));
  expect(cut).toBe(true);
  expect(bytes.toString('latin1')).not.toContain('Exception');
});
