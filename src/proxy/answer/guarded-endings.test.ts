/** However a judged stream ends, its client, its upstream and its record are told what was. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { callerSockets } from '../../../test/support/gateway/caller-sockets.ts';
import { collect, exchange, post, send } from '../../../test/support/gateway/http.ts';
import { written } from '../../../test/support/answer-streams.ts';
import {
  answerGuard,
  recordOf,
  startGuarded,
  STREAM_CALLS,
  streamCall,
  until,
} from '../../../test/support/proxy/guarded.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import type { GuardrailEntry } from '../../table/types.ts';

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

const chunk = (content: string): string =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}],"usage":null}\n\n`;
const USAGE =
  'data: {"id":"1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}\n\ndata: [DONE]\n\n';
const STREAM = { model: 'm', stream: true };

/** A stream of chat completions, to be written by the test. */
async function open(
  guardrails: readonly GuardrailEntry[] = [answerGuard()],
  options: Partial<HarnessOptions> = {},
  body: object = STREAM,
): Promise<{ upstream: ServerResponse; client: IncomingMessage; said: () => string; abort: () => void }> {
  let upstream: ServerResponse | undefined;
  harness = await startGuarded(
    'OpenAI',
    guardrails,
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n');
      upstream = response;
    },
    options,
  );
  const controller = new AbortController();
  const client = await send(`${harness.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: controller.signal,
  });
  client.on('error', () => undefined);
  let said = '';
  client.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  return { upstream: upstream as ServerResponse, client, said: () => said, abort: () => controller.abort() };
}

const contents = (said: string): string =>
  [...said.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text!) as string).join('');

describe('a stream that is cut by its upstream', () => {
  test('within what may have been a match: that goes out, then the failure is told', async () => {
    const { upstream, client, said } = await open();
    upstream.write(chunk('mail joe@exa'));
    await until(() => said().includes('mail'));
    expect(contents(said())).toBe('mail ');
    upstream.destroy();
    await once(client, 'end');
    expect(contents(said())).toBe('mail joe@exa');
    expect(said()).toMatch(/data: {"error":.*\n\n/);
    expect(said().indexOf('joe@exa')).toBeLessThan(said().indexOf('"error"'));
    expect(await recordOf(harness!)).toMatchObject({ code: 'UpstreamUnreachable', usageMissing: 'upstream_failed' });
  });

  test('within an event: nothing of that event goes out', async () => {
    const { upstream, client, said } = await open();
    upstream.write(chunk('whole ') + chunk('half').slice(0, 40));
    await until(() => said().includes('whole'));
    upstream.destroy();
    await once(client, 'end');
    expect(contents(said())).toBe('whole ');
    expect(
      said()
        .split('\n\n')
        .filter((event) => event.startsWith('data:')),
    ).toHaveLength(2);
  });

  test('behind a word that is blocked when nothing follows: it ends as one that was blocked', async () => {
    const { upstream, client, said } = await open();
    upstream.write(chunk('about apollo'));
    await until(() => said().includes('about'));
    upstream.destroy();
    await once(client, 'end');
    expect(contents(said())).toBe('about \n\nWithheld.');
    expect(said()).not.toContain('"error"');
    expect(said()).toContain('"finish_reason":"content_filter"');
    expect(said()).toMatch(/data: \[DONE\]\n\n$/);
  });

  test.each(STREAM_CALLS.map((call) => [call.form.name, call] as const))(
    'in its API’s own form: %s',
    async (_, call) => {
      const bytes = written(
        call.form,
        [{ kind: 'text', pieces: ['mail joe@exa', 'mple.com now', ' and more of it'] }],
        false,
      );
      harness = await startGuarded(call.type, [answerGuard()], (response) => {
        response.writeHead(200, { 'content-type': call.form.contentType });
        response.write(bytes.subarray(0, bytes.length - 25));
        setTimeout(() => response.destroy(), 20);
      });
      const { body } = await post(harness.url + call.path, call.body);
      const text = body.toString('latin1');
      expect(text).not.toContain('joe@');
      expect(text).toMatch(/error|exception/i);
      if (call.form.contentType.includes('json')) expect(JSON.parse(body.toString())).toBeInstanceOf(Array);
    },
  );
});

describe('a client that hangs up while text is held', () => {
  test('the upstream is told at once', async () => {
    const { upstream, said, abort } = await open();
    upstream.write(chunk('mail joe@exa'));
    await until(() => said().includes('mail'));
    abort();
    await until(() => harness!.upstreamSockets.size === 0);
    expect(await recordOf(harness!)).toMatchObject({
      code: 'ClientDisconnected',
      usageMissing: 'client_disconnected',
      guardrails: [{ action: 'Allow' }],
    });
  });

  test('the upstream is read on for its usage where that is wanted', async () => {
    const { upstream, said, abort } = await open([answerGuard()], { entry: { onClientDisconnect: 'Drain' } });
    upstream.write(chunk('mail joe@exa'));
    await until(() => said().includes('mail'));
    abort();
    await until(() => callerSockets(harness!.proxy.url) === 0);
    upstream.write(chunk('mple.com'));
    upstream.end(USAGE);
    expect(await recordOf(harness!)).toMatchObject({ code: 'ClientDisconnected', tokens: { input: 10, output: 4 } });
  });
});

describe('a stream that is blocked', () => {
  test('is over for its client, and stopped at its upstream; that its usage is missing is said', async () => {
    const { upstream, client, said } = await open();
    upstream.write(chunk('so far. ') + chunk('apollo '));
    await once(client, 'end');
    expect(contents(said())).toBe('so far. \n\nWithheld.');
    expect(said()).toMatch(/data: \[DONE\]\n\n$/);
    await until(() => harness!.upstreamSockets.size === 0);
    const record = await recordOf(harness!);
    expect(record).toMatchObject({ status: 200, usageMissing: 'blocked', guardrails: [{ action: 'Block' }] });
    expect(record['code']).toBeUndefined();
    expect(await harness!.metric('tidegate_usage_missing_total', 'reason="blocked"')).toBe(1);
    expect(await harness!.metric('tidegate_client_disconnects_total')).toBe(0);
  });

  test('is over for its client, and read on for its usage where that is wanted', async () => {
    const { upstream, client, said } = await open([answerGuard()], { entry: { onClientDisconnect: 'Drain' } });
    upstream.write(chunk('apollo '));
    await once(client, 'end');
    const whole = said();
    expect(whole).toMatch(/Withheld\..*\[DONE\]\n\n$/s);
    upstream.write(chunk(' more'));
    upstream.end(USAGE);
    expect(await recordOf(harness!)).toMatchObject({ status: 200, tokens: { input: 10, output: 4 } });
    expect(said()).toBe(whole);
  });

  test('at its very end has the upstream’s own usage counted', async () => {
    const { upstream, client, said } = await open();
    upstream.end(chunk('apollo') + USAGE);
    await once(client, 'end');
    expect(contents(said())).toBe('Withheld.');
    expect(await recordOf(harness!)).toMatchObject({ tokens: { input: 10, output: 4 } });
  });
});

test('usage that the client did not ask for is counted and taken out, masks or not', async () => {
  const { upstream, client, said } = await open();
  upstream.end(chunk('mail joe@exa') + chunk('mple.com now') + USAGE);
  await once(client, 'end');
  expect(contents(said())).toBe('mail {EMAIL} now');
  expect(said()).not.toContain('prompt_tokens');
  expect(said()).toMatch(/data: \[DONE\]\n\n$/);
  expect(await recordOf(harness!)).toMatchObject({ tokens: { input: 10, output: 4 } });
});

test('a blocked stream tells no usage that its client did not ask for', async () => {
  const { upstream, client, said } = await open();
  upstream.end(chunk('so far ') + chunk('apollo ') + USAGE);
  await once(client, 'end');
  expect(said()).not.toContain('prompt_tokens');
});

test('a gateway that shuts down says so behind what was held', async () => {
  const { upstream, client, said } = await open([answerGuard()], { shutdown: { endpointSeconds: 0, drainSeconds: 0 } });
  upstream.write(chunk('mail joe@exa'));
  await until(() => said().includes('mail'));
  void harness!.proxy.close();
  await once(client, 'end');
  expect(contents(said())).toBe('mail joe@exa');
  expect(said()).toMatch(/"error".*shutting down/);
});

describe('a stream that nobody can read', () => {
  const call = streamCall('chat completions');
  const bytes = written(call.form, [{ kind: 'text', pieces: ['about apollo'] }], false);

  test.each([
    [
      'compressed',
      { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
      gzipSync(bytes),
      '/v1/chat/completions',
    ],
    ['of an unknown form', { 'content-type': 'text/event-stream' }, bytes, '/v1/images/generations'],
  ])(
    '%s is refused before its first byte where a guardrail fails closed, else passes',
    async (_, headers, sent, path) => {
      const answer = (response: ServerResponse): void => void response.writeHead(200, headers).end(sent);
      harness = await startGuarded('OpenAI', [answerGuard()], answer);
      const refused = await post(harness.url + path, STREAM);
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { message: 'Withheld.' } });
      expect(await recordOf(harness)).toMatchObject({ code: 'GuardrailBlocked', guardrails: [{ action: 'Block' }] });
      await harness[Symbol.asyncDispose]();

      harness = await startGuarded('OpenAI', [answerGuard({ failurePolicy: 'Open' })], answer);
      const passed = await post(harness.url + path, STREAM);
      expect(passed.body.equals(sent)).toBe(true);
      expect(await recordOf(harness)).toMatchObject({ guardrails: [{ action: 'Unreadable' }] });
    },
  );

  test('within is blocked from there on where a guardrail fails closed, else goes on', async () => {
    const odd = 'data: {"odd":"event"}\n\n';
    const events = chunk('so far ') + odd + chunk('and on') + USAGE;
    const first = await open();
    first.upstream.end(events);
    await once(first.client, 'end');
    expect(contents(first.said())).toBe('so far \n\nWithheld.');
    await harness![Symbol.asyncDispose]();

    const second = await open([answerGuard({ failurePolicy: 'Open' })]);
    second.upstream.end(events);
    await once(second.client, 'end');
    expect(second.said()).toContain(odd);
    expect(contents(second.said())).toBe('so far and on');
  });
});

test('a client that takes nothing slows a judged stream’s upstream down, and gets all of it later', async () => {
  const text = 'some words of a model. '.repeat(400);
  const count = 2000;
  let blocked = false;
  harness = await startGuarded('OpenAI', [answerGuard()], (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const more = (): void => {
      while (sent < count) {
        sent += 1;
        if (!response.write(chunk(text))) {
          const timer = setTimeout(() => {
            blocked = true;
          }, 200);
          response.once('drain', () => {
            clearTimeout(timer);
            more();
          });
          return;
        }
      }
      response.end(USAGE);
    };
    more();
  });
  const client = await send(`${harness.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(STREAM),
  });
  client.pause();
  await until(() => blocked);
  const { body } = await collect(client);
  expect(contents(body.toString()).length).toBe(text.length * count);
});

test('answers to calls over HTTP of a provider without guardrails are asked for as their client does', async () => {
  let asked: unknown;
  harness = await startGuarded('OpenAI', [], (response, headers) => {
    asked = headers['accept-encoding'];
    response.end('{}');
  });
  await exchange(`${harness.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'accept-encoding': 'gzip' },
    body: '{"model":"m"}',
  });
  expect(asked).toBe('gzip');
});
