import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { ApplyGuardrail, GuardrailWebhook } from '../../../../test/upstreams/evaluators/index.ts';
import { CertificateAuthority } from '../../../../test/support/certificates.ts';
import { KeyRing } from '../../../../test/upstreams/aws/index.ts';
import { guardrailEntry } from '../../../../test/support/proxy/harness.ts';
import type { RemoteText } from '../../../guardrails/remote/types.ts';
import { Redacted } from '../../../redacted.ts';
import type { EvaluatorEntry, RemoteEntry } from '../../../table/types.ts';
import { DeniedNetworks } from '../../upstream/denied-networks.ts';
import { Evaluators } from './evaluators.ts';
import type { RemoteEvaluator } from './port.ts';

const SECRET = 'hook-e41c07d95ab2';
const KEY = { accessKeyID: 'AKIATESTTESTTEST', secretAccessKey: 'a'.repeat(40), principal: 'arn:aws:iam::1:user/g' };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function evaluatorOf(evaluators: readonly EvaluatorEntry[], more: Partial<RemoteEntry> = {}, denied: string[] = []) {
  const limits = { connections: 100, denied: new DeniedNetworks(denied) };
  const all = new Evaluators({
    limits,
    provider: () => undefined,
    onCredentialFailure: undefined,
    onJudgeFailure: undefined,
  });
  cleanups.push(() => all.keep([]));
  const remote = { timeoutMilliseconds: 60_000, filters: [], deniedTopics: [], evaluators, ...more };
  const evaluator = all.of(guardrailEntry({ remote }));
  if (evaluator === undefined) throw new Error('nobody is asked');
  return evaluator;
}

async function webhook(options: Parameters<typeof GuardrailWebhook.start>[0] = {}) {
  const service = await GuardrailWebhook.start({ secret: SECRET, ...options });
  cleanups.push(() => service[Symbol.asyncDispose]());
  const entry = { kind: 'HTTP', url: `${service.url}/check?team=a`, secret: new Redacted(SECRET) } as const;
  return { service, entry };
}

const ask = (evaluator: RemoteEvaluator, ...texts: string[]) =>
  evaluator.evaluate(
    texts.map((text): RemoteText => ({ scope: 'User', text })),
    'Input',
    false,
    new AbortController().signal,
  );

describe('a webhook', () => {
  test('is asked with its secret, at its URL, and heard', async () => {
    const { service, entry } = await webhook({ blocks: { 'topic/tax': 'tax' }, names: ['Ann'] });
    const evaluator = evaluatorOf([entry]);
    expect(await ask(evaluator, 'hello', 'I am Ann 😀 Ann')).toEqual({
      verdict: {
        findings: [{ rule: 'pii/name', action: 'Mask', count: 2 }],
        blockedBy: undefined,
        edits: [
          [],
          [
            { start: 5, end: 8, replacement: '{NAME}' },
            { start: 12, end: 15, replacement: '{NAME}' },
          ],
        ],
      },
      failure: undefined,
    });
    expect((await ask(evaluator, 'my tax')).verdict.blockedBy).toBe('topic/tax');
    expect(service.requests.map(({ target, method }) => `${method} ${target}`)).toEqual(
      Array(2).fill('POST /check?team=a'),
    );
  });

  test('is believed by a certificate of its own authority, where that is named, and by no other', async () => {
    const [authority, other] = [await CertificateAuthority.create(), await CertificateAuthority.create()];
    const { entry, service } = await webhook({ tls: await authority.server(), blocks: { bad: 'x' } });
    expect(entry.url).toMatch(/^https:/);
    const trusting = evaluatorOf([{ ...entry, tlsCA: authority.certificate }]);
    expect((await ask(trusting, 'x')).verdict.blockedBy).toBe('bad');
    for (const unknown of [entry, { ...entry, tlsCA: other.certificate }]) {
      expect((await ask(evaluatorOf([unknown]), 'x')).failure).toBe('Unreachable');
    }
    expect(service.requests).toHaveLength(1);
  });

  test('is asked again after 429, 503 and a lost connection, once', async () => {
    const { service, entry } = await webhook();
    const evaluator = evaluatorOf([entry]);
    service.queue.push({ status: 503, contentType: 'text/plain', body: 'busy' });
    service.queue.push({ status: 200, contentType: 'application/json', body: '{"version":"v1","action":"Allow"}' });
    expect((await ask(evaluator, 'a')).failure).toBeUndefined();
    service.moods.push('Down');
    expect((await ask(evaluator, 'b')).failure).toBeUndefined();
    const throttled = { status: 429, contentType: 'text/plain', body: '' };
    service.queue.push(throttled, throttled);
    expect((await ask(evaluator, 'c')).failure).toBe('Throttled');
    expect(service.questions.map(({ texts }) => texts[0]?.text).join('')).toBe('aabbcc');
  });

  test.each([
    ['Refused', { status: 404, body: '{"version":"v1","action":"Allow"}' }],
    ['Refused', { status: 302, body: '' }],
    ['ServerError', { status: 500, body: '{"version":"v1","action":"Allow"}' }],
    ['Unreadable', { status: 200, body: 'ok' }],
    ['Unreadable', { status: 204, body: '' }],
    ['Unreadable', { status: 200, body: `{"version":"v1","action":"Allow"${' '.repeat(1024 * 1024)}}` }],
    ['Unreadable', { status: 200, body: '{"version":"v1","action":"Allow"}', headers: { 'content-encoding': 'gzip' } }],
  ])('fails as %s (%#)', async (reason, answer) => {
    const { service, entry } = await webhook();
    service.queue.push({ contentType: 'application/json', ...answer });
    const { failure, verdict } = await ask(evaluatorOf([entry]), 'a');
    expect([failure, verdict.blockedBy]).toEqual([reason, undefined]);
  });

  test('that is slow, silent, away or denied fails', async () => {
    const { service, entry } = await webhook();
    service.delayMilliseconds = 400;
    expect((await ask(evaluatorOf([entry], { timeoutMilliseconds: 100 }), 'a')).failure).toBe('Timeout');
    service.delayMilliseconds = 0;
    service.moods.push('Silent');
    expect((await ask(evaluatorOf([entry], { timeoutMilliseconds: 100 }), 'a')).failure).toBe('Timeout');
    service.moods.push('Down', 'Down');
    expect((await ask(evaluatorOf([entry]), 'a')).failure).toBe('Unreachable');
    const closed = await closedPort();
    expect((await ask(evaluatorOf([{ ...entry, url: `http://127.0.0.1:${closed}/` }]), 'a')).failure).toBe(
      'Unreachable',
    );
    const before = service.requests.length;
    expect((await ask(evaluatorOf([entry], {}, ['127.0.0.0/8']), 'a')).failure).toBe('Unreachable');
    expect(service.requests).toHaveLength(before);
  });

  test('is not asked about more than a million characters', async () => {
    const { service, entry } = await webhook();
    expect((await ask(evaluatorOf([entry]), 'x'.repeat(1_000_001))).failure).toBe('TooLong');
    expect(service.requests).toEqual([]);
  });

  test('gets no more requests at once than it may', async () => {
    const { service, entry } = await webhook();
    service.delayMilliseconds = 20;
    const evaluator = evaluatorOf([entry]);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => ask(evaluator, 'a')));
    expect(outcomes.every(({ failure }) => failure === undefined)).toBe(true);
    expect(service.mostBusy).toBeLessThanOrEqual(32);
    expect(service.requests).toHaveLength(100);
  });

  test('ends with the call', async () => {
    const { service, entry } = await webhook();
    service.mood = 'Silent';
    const gone = new AbortController();
    const evaluator = evaluatorOf([entry]);
    const outcome = evaluator.evaluate([{ scope: 'User', text: 'a' }], 'Input', false, gone.signal);
    gone.abort();
    expect((await outcome).verdict.findings).toEqual([]);
  });
});

describe('several judges', () => {
  test('block when one does, whatever the others do', async () => {
    const [one, other] = [await webhook(), await webhook({ blocks: { bad: 'bad' } })];
    one.service.mood = 'Broken';
    const evaluator = evaluatorOf([one.entry, other.entry]);
    expect(await ask(evaluator, 'bad')).toMatchObject({ verdict: { blockedBy: 'bad' }, failure: undefined });
    expect(await ask(evaluator, 'good')).toMatchObject({ verdict: { blockedBy: undefined }, failure: 'ServerError' });
  });
});

describe('ApplyGuardrail', () => {
  const keys = new KeyRing(KEY);
  const guardrail = {
    identifier: 'arn:aws:bedrock:eu-central-1:111122223333:guardrail/gr1',
    version: '3',
    topics: { Tax: /tax/g },
    pii: { EMAIL: /\S+@\S+/g },
  };
  const start = async (known = keys) => {
    const service = await ApplyGuardrail.start({ keys: known, service: 'bedrock', region: 'eu-central-1' }, guardrail);
    cleanups.push(() => service[Symbol.asyncDispose]());
    const entry: EvaluatorEntry = {
      kind: 'Bedrock',
      identifier: guardrail.identifier,
      version: '3',
      region: 'eu-central-1',
      baseURL: service.url,
      source: {
        type: 'StaticKeys',
        accessKeyID: new Redacted(KEY.accessKeyID),
        secretAccessKey: new Redacted(KEY.secretAccessKey),
      },
      attached: false,
    };
    return { service, entry };
  };

  test('is asked with a signature that AWS accepts, and heard', async () => {
    const { entry } = await start();
    const evaluator = evaluatorOf([entry]);
    expect(await ask(evaluator, 'about tax')).toMatchObject({
      verdict: { blockedBy: 'topic/Tax' },
      failure: undefined,
    });
    expect(await ask(evaluator, 'hello', 'I am a@b.de')).toMatchObject({
      verdict: { edits: [[], [{ start: 5, end: 11, replacement: '{EMAIL}' }]] },
    });
  });

  test('is asked about each text when it does not say which it masked', async () => {
    const { service, entry } = await start();
    service.joinsOutputs = true;
    const { verdict } = await ask(evaluatorOf([entry]), 'a@b.de', 'none');
    expect(verdict).toMatchObject({
      findings: [{ rule: 'pii/Email', action: 'Mask', count: 1 }],
      edits: [[{ start: 0, end: 6, replacement: '{EMAIL}' }], []],
    });
    expect(service.texts).toEqual(['a@b.de', 'none', 'a@b.de', 'none']);
  });

  test('takes long texts in parts', async () => {
    const { service, entry } = await start();
    const { verdict, failure } = await ask(evaluatorOf([entry]), `${'word '.repeat(12_000)}a@b.de`);
    expect([failure, verdict.edits]).toEqual([undefined, [[{ start: 60_000, end: 60_006, replacement: '{EMAIL}' }]]]);
    expect(service.requests.length).toBeGreaterThan(2);
  });

  test('is waited for no longer than it may take when AWS gives no credentials', async () => {
    const { service, entry } = await start();
    const sockets: Socket[] = [];
    let givenUp = 0;
    const silent = createServer((socket) => {
      sockets.push(socket);
      socket.resume().once('close', () => (givenUp += 1));
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `http://127.0.0.1:${port}/`;
    cleanups.push(() => {
      delete process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
      for (const socket of sockets) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      silent.close();
    });
    const chained = { ...entry, region: 'ap-southeast-7', source: { type: 'DefaultChain' } } as const;
    expect((await ask(evaluatorOf([chained], { timeoutMilliseconds: 200 }), 'a')).failure).toBe('Timeout');
    // The SDK itself still waits for its credentials, which it does for a second.
    expect(givenUp).toBe(0);
    expect(service.requests).toEqual([]);
  });

  test('that does not know the key fails', async () => {
    const { entry } = await start(new KeyRing());
    expect((await ask(evaluatorOf([entry]), 'a')).failure).toBe('CredentialsUnavailable');
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
