/** Mistakes of other gateways with what clients send and upstreams answer: bytes, headers, sizes, errors. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { post, type RawAnswer } from '../../support/gateway/index.ts';
import { families, rows, rowsByType, type Family } from '../../support/mistakes/families.ts';
import { EveryType, headersFor, limited, nameOf, providerOf, secretOf } from '../../support/mistakes/gateway.ts';
import type { Scenario } from '../../upstreams/index.ts';

let every: EveryType;

beforeAll(async () => {
  every = await EveryType.start({
    families,
    variants: { limited, elsewhere: () => ({ models: [{ name: 'a-model-of-its-own' }] }) },
  });
});

afterAll(() => every[Symbol.asyncDispose]());

beforeEach(() => every.forget());

/** Posts text as it is to where the family's whole call goes. */
function postText(
  family: Family,
  text: string,
  { variant, headers = {}, scenario = {} }: { variant?: string; headers?: Record<string, string>; scenario?: Scenario },
): Promise<RawAnswer> {
  return post(every.url(family.whole, nameOf(family, variant)), text, { ...headersFor(scenario), ...headers });
}

/** The body of the family's whole call, behind a picture of so many bytes: what is looked for comes last. */
function behindPicture({ whole }: Family, bytes: number): string {
  const picture = `data:image/png;base64,${randomBytes(Math.ceil(bytes * 0.75)).toString('base64')}`;
  return JSON.stringify({ picture, ...whole.body });
}

test.each(rows)('mistake 6: a model is found behind a picture of 30 MB, and kept to: %s', async (_name, family) => {
  const body = behindPicture(family, 30_000_000);
  const allowed = await postText(family, body, { variant: 'limited' });
  expect(allowed.status).toBe(200);
  const upstream = every.upstream(family.type);
  expect(upstream.last.request.body.equals(Buffer.from(body))).toBe(true);
  // A model in the path is refused before the body has come, and a client may see the end of its connection first.
  const isBehind = 'model' in family.whole.body;
  const refused = await postText(family, isBehind ? body : behindPicture(family, 0), { variant: 'elsewhere' });
  expect([refused.status, refused.headers['x-tidegate-error']]).toEqual([403, 'ModelNotAllowed']);
  expect(upstream.exchanges).toHaveLength(1);
});

const sizes = [32 * 1024 + 1, 2 * 1024 * 1024 + 1, 32 * 1024 * 1024 + 1];

test.each(rows)('mistake 8: bodies over 32 KiB, 2 MiB and 32 MiB pass whole: %s', async (_name, family) => {
  for (const size of sizes) {
    const body = behindPicture(family, size);
    expect(body.length).toBeGreaterThan(size);
    expect((await postText(family, body, {})).status).toBe(200);
    expect(every.upstream(family.type).last.request.body.equals(Buffer.from(body))).toBe(true);
  }
});

const betas = 'context-1m-2025-08-07,  fine-grained-tool-streaming-2025-05-14 ,made-up-2030-01-01';

test.each(rows.filter(([, { tellsCacheWrites }]) => tellsCacheWrites))(
  'mistake 11: betas and versions travel byte for byte, in headers and bodies: %s',
  async (_name, family) => {
    const members =
      '"anthropic_beta" : [ "context-1m-2025-08-07","made-up-2030-01-01"],"anthropic_version":"2030-01-01",';
    const { anthropic_version: _version, ...rest } = family.whole.body as Record<string, unknown>;
    const body = `{${members}${JSON.stringify(rest).slice(1)}`;
    const headers = { 'anthropic-beta': betas, 'anthropic-version': '2030-01-01' };
    await postText(family, body, { headers });
    const { request } = every.upstream(family.type).last;
    expect(request.body.toString()).toBe(body);
    expect(request.header('anthropic-beta')).toBe(betas);
    expect(request.header('anthropic-version')).toBe('2030-01-01');
  },
);

const told: Readonly<Record<string, string>> = {
  'retry-after': '3600',
  'retry-after-ms': '3600000',
  'x-should-retry': 'false',
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-reset': '1767225600',
  'anthropic-ratelimit-unified-representative-claim': 'five_hour',
  'x-ratelimit-reset-tokens': '6m0s',
  'x-amzn-errortype': 'ThrottlingException',
  'x-of-tomorrow': 'A, b;  C',
};

test.each(rows)("mistake 12: the upstream's 429 and 529 pass with all that they tell: %s", async (_name, family) => {
  for (const error of [429, 529]) {
    const answer = await every.post(family, family.whole, { error, headers: told });
    expect(answer.status).toBe(error);
    expect(answer.headers).toMatchObject(told);
    expect(answer.headers['x-tidegate-error']).toBeUndefined();
    expect(answer.body.equals(every.upstream(family.type).last.sent)).toBe(true);
  }
  expect(every.upstream(family.type).exchanges).toHaveLength(2);
});

test.each(rows)('mistake 13: a refusal has the shape of its route, streamed or not: %s', async (_name, family) => {
  for (const call of [family.whole, family.streamed]) {
    const answer = await every.post(family, call, {}, 'elsewhere');
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([403, 'ModelNotAllowed']);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const parsed = JSON.parse(answer.body.toString()) as object;
    // Google's stream as an array fails as one, too.
    const body = Array.isArray(parsed) ? (parsed[0] as object) : parsed;
    expect(body).toMatchObject(family.refusal);
    expect(answer.body.toString()).toContain('a-model-of-its-own');
    const isNative = !('error' in body);
    expect(answer.headers['x-amzn-errortype']).toBe(isNative ? 'AccessDeniedException' : undefined);
  }
});

test.each(rows)('mistake 22: no byte of a request is changed, stripped or moved: %s', async (_name, family) => {
  const odd =
    '{ "zeta" : null ,\r\n\t"cache_control":{"ttl":"1h","type":"ephemeral"}, "big":12345678901234567890, "small":1.0e+2,' +
    '"text":"\\u00e9\\/ é 日本 \\ud83d\\ude80", "twice":1, "twice":2,"cachePoint" : {"type":"default"},';
  const body = `${odd} ${JSON.stringify(family.whole.body, undefined, 3).slice(1)}\n `;
  for (const variant of [undefined, 'limited']) {
    const answer = await postText(family, body, variant === undefined ? {} : { variant });
    expect(answer.status).toBe(200);
    expect(every.upstream(family.type).last.request.body.toString()).toBe(body);
  }
});

test.each(rowsByType)('mistake 9: a new key is in force at once, without a restart: %s', async (type, family) => {
  const name = `${type}-rotated`;
  const call = (): Promise<RawAnswer> => post(every.url(family.whole, name), family.whole.body, headersFor({}));
  every.gateway.write('rotated.yaml', [providerOf(type, name, every.upstream(type).origin)]);
  every.gateway.write('secret.yaml', [secretOf(type, name, 'key-of-yesterday')]);
  await waitFor('the refusal of the old key', async () => [400, 401, 403].includes((await call()).status));
  every.gateway.write('secret.yaml', [secretOf(type, name)]);
  await waitFor('the new key', async () => (await call()).status === 200);
});
