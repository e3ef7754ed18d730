/** Callers who would be somebody else by name, and strangers who would know what there is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { exchange, provider, type RawAnswer } from '../../support/gateway/index.ts';
import { ACCESS, chatCompletion, GuardedGateway, invokers, RefusalCheck } from '../../support/oidc/index.ts';

let guarded: GuardedGateway;
let check: RefusalCheck;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
  check = new RefusalCheck(guarded);
});

afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
});

/** Manifests are read a moment after they were written. */
async function untilServed(name: string): Promise<void> {
  await waitFor(`provider ${name}`, async () => {
    const { status } = await chatCompletion(guarded.gateway, guarded.idp.sign(), { provider: name });
    return status !== 404;
  });
}

describe("names of Kubernetes' own", () => {
  beforeAll(async () => {
    const { gateway, upstreams } = guarded;
    // Whoever may be one of these may do everything.
    const reserved = ['system:admin', 'system:serviceaccount:kube-system:admin', 'system:anonymous'];
    const groups = ['system:masters', 'system:serviceaccounts', 'system:unauthenticated'];
    gateway.write(ACCESS, [
      provider('own', upstreams.openai.origin),
      ...invokers(
        ...['ci', ...reserved].map((name) => ({ kind: 'User' as const, name })),
        ...groups.map((name) => ({ kind: 'Group' as const, name })),
      ),
    ]);
    await untilServed('own');
  });

  test.each(['system:admin', 'system:serviceaccount:kube-system:admin', 'system:anonymous', 'system:'])(
    'a token whose user would be %s is refused',
    async (sub) => {
      await check.expect401(guarded.idp.sign({ sub }), 'Kubernetes itself');
    },
  );

  test.each([
    ['a list', ['guests', 'system:masters', 'system:serviceaccounts', 'system:unauthenticated']],
    ['a text', 'system:masters'],
  ])('groups of Kubernetes in %s of a token grant nothing', async (_what, groups) => {
    await check.expect403(guarded.idp.sign({ sub: 'mallory', groups }), 'mallory');
  });

  test.each([[undefined], [''], [7], [['ci']], [{ ci: true }], [null]])(
    'a token whose user is %j is refused',
    async (sub) => {
      await check.expect401(guarded.idp.sign({ sub }), '"sub"');
    },
  );

  test.each([[7], [{ research: true }], [[['research']]], [['research', 7]]])(
    'groups that are %j are refused',
    async (groups) => {
      await check.expect401(guarded.idp.sign({ sub: 'mallory', groups }), '"groups"');
    },
  );

  test.each(['CI', 'ci ', ' ci', 'сi', 'system：admin', 'System:admin'])(
    'a user who is nearly another: %j',
    async (sub) => {
      await check.expect403(guarded.idp.sign({ sub }), 'invoke');
    },
  );

  test.each(['ci\u0000', 'ci\n', '\u001b[2Jci', 'ci\ud800', 'ci\udfff', 'ci\ufffd'])(
    'a user whose name cannot be read: %j',
    async (sub) => {
      await check.expect401(guarded.idp.sign({ sub }), 'control or broken characters');
    },
  );
});

describe('a stranger cannot tell which providers there are', () => {
  const bad: Record<string, () => string | undefined> = {
    'no token': () => undefined,
    'a bad token': () => guarded.idp.sign({ aud: 'other' }),
  };

  beforeAll(async () => {
    const { gateway, upstreams } = guarded;
    gateway.write('others.yaml', [
      provider('disabled', upstreams.openai.origin, { enabled: false }),
      provider('keyless', upstreams.openai.origin),
      provider('elsewhere', upstreams.openai.origin, {}, 'team-a'),
      provider('broken', 'ftp://nowhere'),
    ]);
    await untilServed('disabled');
  });

  /** Everything of an answer but what is different for every request. */
  function appearance({ status, rawHeaders, body, headers }: RawAnswer): unknown {
    const names = rawHeaders.filter((_text, index) => index % 2 === 0);
    const { date: _date, 'x-tidegate-request-id': id = '-', ...rest } = headers;
    return JSON.parse(JSON.stringify({ status, names, rest, body: body.toString() }).replaceAll(id, '<id>')) as unknown;
  }

  const paths = {
    'a call': (name: string) => `providers/${name}/v1/chat/completions`,
    'a call of a namespace': (name: string) => `namespaces/team-a/providers/${name}/v1/chat/completions`,
    'a message': (name: string) => `providers/${name}/v1/messages`,
    'a generation': (name: string) => `providers/${name}/v1beta/models/gemini-2.5-flash:generateContent`,
    'a conversation': (name: string) => `providers/${name}/model/some.model/converse`,
    'a description': (name: string) => `providers/${name}`,
    'a list of models': (name: string) => `providers/${name}/v1/models`,
  };

  describe.each(Object.entries(bad))('with %s', (_what, token) => {
    test.each(Object.entries(paths))('by %s', async (_path, path) => {
      const credential = token();
      const ask = (name: string, method: string): Promise<RawAnswer> =>
        exchange(`${guarded.gateway.url}/llm/v1/${path(name)}`, {
          method,
          headers: { ...(credential !== undefined && { authorization: `Bearer ${credential}` }) },
          ...(method === 'POST' && { body: '{"model":"gpt-4o"}' }),
        });
      for (const method of ['GET', 'POST']) {
        const unknown = appearance(await ask('nowhere', method));
        for (const name of ['openai', 'anthropic', 'gemini', 'bedrock', 'disabled', 'keyless', 'elsewhere', 'broken']) {
          expect({ name, method, ...(appearance(await ask(name, method)) as object) }).toEqual({
            name,
            method,
            ...(unknown as object),
          });
        }
      }
    });
  });

  test('a caller without any permission is not told either what it may not see', async () => {
    const token = guarded.idp.sign({ sub: 'mallory' });
    const list = await exchange(`${guarded.gateway.url}/llm/v1/providers`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(list.status).toBe(200);
    expect(list.body.toString()).not.toMatch(/openai|anthropic|gemini|bedrock|keyless/);
  });

  test('a call through every place for a token is refused alike', async () => {
    const token = guarded.idp.sign({ aud: 'other' });
    const answers = await Promise.all([
      chatCompletion(guarded.gateway, token),
      chatCompletion(guarded.gateway, undefined, { headers: { 'x-tidegate-authorization': `Bearer ${token}` } }),
      chatCompletion(guarded.gateway, undefined, { headers: { 'x-api-key': token } }),
      chatCompletion(guarded.gateway, undefined, { headers: { 'x-goog-api-key': token } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(guarded.gateway.process.log()).not.toContain(token.split('.')[1]);
  });
});

test('nothing of all these tokens is in the log', async () => {
  await check.expectSilentLog();
});
