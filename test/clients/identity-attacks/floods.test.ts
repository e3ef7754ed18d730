/** Many bad tokens at once: they cost the issuer nothing, the gateway little, and other callers nothing. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { chatCompletion, compact, GuardedGateway, makeSigningKey } from '../../support/oidc/index.ts';

const MIB = 1024 * 1024;
const CONNECTIONS = 32;
/** Out of turn, an issuer's keys are fetched once in so long. */
const COOLDOWN_MS = 10_000;

let guarded: GuardedGateway;
const agent = new Agent({ connections: CONNECTIONS });

beforeAll(async () => {
  guarded = await GuardedGateway.start({ logLevel: 'error' });
});

afterAll(async () => {
  await agent.close();
  await guarded[Symbol.asyncDispose]();
});

/** Sends a token, and says what came of it. */
async function attempt(token: string): Promise<number> {
  const { statusCode, body } = await request(`${guarded.gateway.provider('openai')}/v1/models`, {
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}` },
  });
  await body.dump();
  return statusCode;
}

/** Sends so many tokens on a few connections; returns how often each status came. */
async function flood(count: number, make: (index: number) => string): Promise<Readonly<Record<number, number>>> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const status = await attempt(make(next++));
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return statuses;
}

/** Calls with good tokens, one after another, until `ended`; each has to be answered. */
async function goodCalls(ended: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const end = ended.finally(() => over.abort());
  let calls = 0;
  do {
    // Every other one is new, so that it has to be verified while the flood is on.
    const token = guarded.idp.sign(calls % 2 === 0 ? { jti: randomUUID() } : {});
    const answer = await chatCompletion(guarded.gateway, token);
    if (answer.status !== 200) throw new Error(`a good token was answered ${answer.status}: ${answer.body.toString()}`);
    calls++;
  } while (!over.signal.aborted);
  await end;
  return calls;
}

test('a flood of unknown kids leads to few fetches of keys', async () => {
  const { idp } = guarded;
  const stranger = makeSigningKey('ES256');
  const before = idp.keyFetches;
  const began = Date.now();
  const flooding = flood(3000, () => idp.sign({ jti: randomUUID() }, { kid: randomUUID() }, stranger));
  const calls = await goodCalls(flooding);
  expect(await flooding).toEqual({ 401: 3000 });
  expect(calls).toBeGreaterThan(0);
  expect(idp.keyFetches - before).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - began) / COOLDOWN_MS));
});

test('a flood of distinct bad tokens fills no memory, and good ones are served meanwhile', async () => {
  const { idp, gateway } = guarded;
  const padding = 'x'.repeat(6000);
  const bad = (): string =>
    compact(idp.goodHeader(), { ...idp.goodClaims(), jti: randomUUID(), padding }, randomBytes(64));
  const cached = async (result: string): Promise<number> =>
    (await gateway.metrics()).sum('tidegate_authentication_cached_verdicts', { result });
  // So that the heap has the size that it works with when it is busy.
  await flood(8000, bad);
  const residentBefore = gateway.process.residentBytes();
  const flooding = flood(20_000, bad);
  const calls = await goodCalls(flooding);
  expect(await flooding).toEqual({ 401: 20_000 });
  expect(calls).toBeGreaterThan(0);
  // The tokens alone were 160 MB.
  expect(gateway.process.residentBytes() - residentBefore).toBeLessThan(64 * MIB);
  expect(await cached('refused')).toBeLessThanOrEqual(1000);
  expect(await cached('accepted')).toBeGreaterThan(0);
}, 300_000);

test('a flood of tokens that are no tokens fills no memory', async () => {
  const { gateway } = guarded;
  const before = gateway.process.residentBytes();
  expect(await flood(5000, () => randomBytes(6000).toString('base64url'))).toEqual({ 401: 5000 });
  expect(gateway.process.residentBytes() - before).toBeLessThan(64 * MIB);
});

test('a verdict on a good token outlives a flood of bad ones', async () => {
  const { idp, gateway } = guarded;
  const token = idp.sign({ jti: randomUUID() });
  expect(await chatCompletion(gateway, token)).toMatchObject({ status: 200 });
  const judged = async (): Promise<number> =>
    (await gateway.metrics()).sum('tidegate_authentications_total', { method: 'jwt', result: 'accepted' });
  const before = await judged();
  await flood(2000, () => compact(idp.goodHeader(), { ...idp.goodClaims(), jti: randomUUID() }, randomBytes(64)));
  expect(await chatCompletion(gateway, token)).toMatchObject({ status: 200 });
  expect(await judged()).toBe(before);
});
