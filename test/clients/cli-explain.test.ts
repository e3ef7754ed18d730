/** `tidegate explain`, as a process of its own: against several replicas behind one address, and against the gateway itself. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { guardrail, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { ACCESS, AUDIENCE, GREETING, IdentityProvider } from '../support/oidc/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const ID = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const RECORD = {
  requestId: ID,
  startedAt: '2026-11-22T00:10:02.123Z',
  method: 'POST',
  path: '/llm/v1/providers/openai/v1/chat/completions',
  status: 404,
  code: 'ProviderNotFound',
  user: 'ada',
  forwarded: false,
};

/** Answers like one proxy. */
type Replica = (request: IncomingMessage) => {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
};

const without =
  (name: string): Replica =>
  () => ({
    status: 404,
    headers: { 'x-tidegate-error': 'RequestNotFound', 'x-tidegate-proxy': name },
    body: { error: { message: `The proxy ${name} has no record of it.` } },
  });
const withRecord =
  (name: string): Replica =>
  () => ({ status: 200, headers: { 'x-tidegate-proxy': name }, body: { proxy: name, request: RECORD } });
const refusing =
  (status: number, code: string, message: string): Replica =>
  () => ({ status, headers: { 'x-tidegate-error': code }, body: { error: { message } } });

/** Several replicas behind one address: each connection comes to the next one, and stays there, as with a Service. */
class Replicas implements AsyncDisposable {
  readonly requests: IncomingMessage[] = [];
  readonly #server: Server;

  constructor(replicas: readonly Replica[]) {
    const ofConnection = new WeakMap<Socket, Replica>();
    let connections = 0;
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      const answer = ofConnection.get(request.socket)?.(request);
      response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json', ...answer?.headers });
      response.end(JSON.stringify(answer?.body));
    });
    this.#server.on('connection', (socket) => {
      const replica = replicas[connections % replicas.length];
      connections += 1;
      if (replica !== undefined) ofConnection.set(socket, replica);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('tidegate explain, of several replicas', () => {
  let machine: Machine;
  let replicas: Replicas;

  beforeEach(() => {
    machine = new Machine({ TIDEGATE_TOKEN: 'opaque' });
  });

  afterEach(async () => {
    machine[Symbol.dispose]();
    await replicas[Symbol.asyncDispose]();
  });

  const explain = async (all: readonly Replica[], ...words: string[]) => {
    replicas = new Replicas(all);
    machine.env['TIDEGATE_URL'] = await replicas.listen();
    return machine.run(['explain', ID, ...words]);
  };

  test('finds the one that has it, over a connection for each question', async () => {
    const others = Array.from({ length: 6 }, (_, i) => without(`proxy-${String(i)}`));
    const outcome = await explain([...others, withRecord('proxy-x')]);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toBe(`404 ProviderNotFound  POST ${RECORD.path} ${ID}
at 2026-11-22T00:10:02.123Z, by the proxy proxy-x

ok    Caller      ada
FAIL  Route       there is no such provider
note  End         404 to the caller

hint: check name and namespace in the URL: "tidegate provider list" shows those that there are
see:  docs/troubleshooting.md#callers-get-404-providernotfound
`);
    const { requests } = replicas;
    expect(new Set(requests.map(({ socket }) => socket)).size).toBe(requests.length);
    expect(requests[0]?.url).toBe(`/llm/v1/requests/${ID}`);
    expect(requests[0]?.headers['x-tidegate-authorization']).toBe('Bearer opaque');
  });

  test('gives programs the record as it came', async () => {
    const json = await explain([withRecord('p')], '-o', 'json');
    expect(JSON.parse(json.stdout)).toEqual({ proxy: 'p', request: RECORD });
    await replicas[Symbol.asyncDispose]();
    const yaml = await explain([withRecord('p')], '-o', 'yaml');
    expect(parse(yaml.stdout)).toEqual({ proxy: 'p', request: RECORD });
  });

  test('says how many were asked when none has it, and stops asking', async () => {
    const outcome = await explain([without('b'), without('a'), without('c')]);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain(`tidegate: no record of the request ${ID}: 3 proxies were asked (a, b, c)\n`);
    expect(outcome.stderr).toMatch(/^hint: a record comes when the request has ended, .*requestRecords\.maxBytes/m);
    expect(replicas.requests.length).toBeLessThan(40);
  });

  test('does not say how many were asked where their names are taken away', async () => {
    const { stderr } = await explain([refusing(404, 'RequestNotFound', 'There is none.')]);
    expect(stderr).toContain(`no record of the request ${ID}: nobody knows how many proxies were asked, for`);
    expect(stderr).toContain('x-tidegate-proxy');
  });

  test('takes nothing from a gateway that is none: neither names that are commands of the terminal nor odd records', async () => {
    const evil = await explain([without('\u009b2J'), without('b')]);
    expect(evil.stderr).toContain('2 proxies were asked (2J, b)\n');
    expect(evil.stderr).not.toContain('\u009b');
    await replicas[Symbol.asyncDispose]();
    const odd = await explain([
      () => ({ status: 200, body: { proxy: 'p', request: { ...RECORD, groups: null, code: 'constructor' } } }),
    ]);
    expect(odd).toMatchObject({ status: 1, stdout: '' });
    expect(odd.stderr).toMatch(/^tidegate: \S+ does not answer like a Tidegate gateway\nhint: /);
  });

  test('says which right is missing, and shows the lines that give it', async () => {
    const message = '"ada" may not get the records of "openai": the verb "get" on llmproviders/requests is missing.';
    const outcome = await explain([without('a'), refusing(403, 'Forbidden', message)]);
    expect(outcome).toMatchObject({ status: 4, stdout: '' });
    expect(outcome.stderr).toContain(`tidegate: ${message}\nhint: `);
    expect(outcome.stderr).toContain('--verb=get --resource=llmproviders.tidegate.io/requests\n');
    expect(outcome.stderr).toContain('kubectl create rolebinding ');
  });

  test('knows a gateway that is older than it', async () => {
    const outcome = await explain([refusing(404, 'NotFound', "The URL is none of the gateway's.")]);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain(
      'this gateway keeps no records of requests: it is older than this program\nhint: ',
    );
  });

  test('goes on past replicas that just end', async () => {
    const ending = refusing(503, 'Draining', 'This proxy is shutting down; try again.');
    expect(await explain([ending, ending, without('a'), ending, withRecord('b')])).toMatchObject({ status: 0 });
    await replicas[Symbol.asyncDispose]();
    expect(await explain([ending])).toMatchObject({
      status: 5,
      stderr: 'tidegate: This proxy is shutting down; try again.\nhint: try again in a moment\n',
    });
  });

  test('asks nobody for what is no id, and needs somebody to ask', async () => {
    replicas = new Replicas([]);
    machine.env['TIDEGATE_URL'] = await replicas.listen();
    const outcome = await machine.run(['explain', 'chatcmpl-123']);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^tidegate: "chatcmpl-123" is no request id .*\nhint: .*x-tidegate-request-id/);
    expect(replicas.requests).toEqual([]);
    expect(await machine.run(['explain', ID], { env: { TIDEGATE_URL: '' } })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no gateway is named'),
    });
  });

  test('wants a sign-in', async () => {
    const outcome = await explain([refusing(401, 'Unauthenticated', 'The request carries no credential.')]);
    expect(outcome).toMatchObject({ status: 3, stdout: '' });
    expect(outcome.stderr).toContain('no usable gateway token: The request carries no credential.\nhint: ');
  });
});

const API_GROUP = 'rbac.authorization.k8s.io';

/** Whoever calls itself `ops` may see records, `ci` may call; `eve` may do nothing. */
function access(): object[] {
  const role = (name: string, user: string, resource: string, verb: string): object[] => [
    {
      apiVersion: `${API_GROUP}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['tidegate.io'], resources: [resource], verbs: [verb] }],
    },
    {
      apiVersion: `${API_GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: API_GROUP, kind: 'User', name: user }],
    },
  ];
  return [...role('invoker', 'ci', 'llmproviders', 'invoke'), ...role('reader', 'ops', 'llmproviders/requests', 'get')];
}

describe('tidegate explain, of the gateway', () => {
  let idp: IdentityProvider;
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let machine: Machine;

  beforeAll(async () => {
    idp = await IdentityProvider.start({ audience: AUDIENCE });
    upstream = await UpstreamServer.start({ wire: openAI({ models: [] }), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [
          provider('openai', upstream.origin, {
            models: [{ name: 'gpt-5-mini', pricing: { input: 1, output: 2, cachedInput: 1 } }],
            guardrailRefs: [{ name: 'mails' }],
          }),
          secret('openai'),
          guardrail('mails'),
        ],
        [ACCESS]: access(),
      },
      config: { authentication: { jwt: [idp.gatewayConfiguration()] } },
    });
    machine = new Machine({ TIDEGATE_URL: gateway.url, TIDEGATE_TOKEN: idp.sign({ sub: 'ops' }) });
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await idp[Symbol.asyncDispose]();
  });

  afterEach(() => upstream.always({}));

  /** Calls the gateway; returns the id of the request. */
  const call = async (
    user: string | undefined,
    { model = 'gpt-5-mini', content = 'Hello', name = 'openai' } = {},
  ): Promise<string> => {
    const answer = await fetch(`${gateway.provider(name)}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(user !== undefined && { authorization: `Bearer ${idp.sign({ sub: user })}` }),
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
    });
    await answer.arrayBuffer();
    return answer.headers.get('x-tidegate-request-id') ?? '';
  };
  const explain = async (id: string, ...words: string[]): Promise<Outcome> => machine.run(['explain', id, ...words]);

  test('tells of a call that came through, its guardrails, tokens and cost, and none of its words', async () => {
    const id = await call('ci', { content: 'Write to ada@example.com about heliotrope.' });
    const { status, stdout, stderr } = await explain(id);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `^200  POST \\S+/providers/openai/v1/chat/completions ${id}\n` +
          'at 20\\d\\d-\\d\\d-\\d\\dT\\S+Z, by the proxy \\S+\n\n' +
          'ok    Caller      ci\\b.*\n' +
          'ok    Route       the provider \\S+/openai \\(OpenAI\\).*\n' +
          'ok    Right       may invoke openai\n' +
          'ok    Request     \\S+ with gpt-5-mini, .*\n' +
          'note  Guardrails  \\S+/mails masked \\(\\S*Email 1\\)\n' +
          'ok    Upstream    .*took .*\n' +
          'ok    Answer      \\S+/mails found nothing\n' +
          'ok    Usage       tokens: .*together USD 0\\.\\d+.*\n' +
          "ok    End         200 to the caller, after .*the gateway's own.*\n$",
      ),
    );
    expect(stdout).not.toMatch(/heliotrope|ada@|Bearer|eyJ/);
    expect(stdout).not.toContain(GREETING);
    const json = JSON.parse((await explain(id.toUpperCase(), '-o', 'json')).stdout) as object;
    expect(json).toMatchObject({ request: { requestId: id, user: 'ci', provider: 'openai', status: 200 } });
  });

  test.each([
    ['nobody', undefined, {}, 401, 'Caller', 'send a token'],
    ['somebody without the right', 'eve', {}, 403, 'Right', '--clusterrole=llmprovider-invoker --user=eve'],
    ['a provider that is not there', 'ci', { name: 'other' }, 404, 'Route', 'tidegate provider list'],
    ['a model that is not allowed', 'ci', { model: 'gpt-9' }, 403, 'Request', 'tidegate provider models openai'],
  ])('tells where a call stopped, and what to do: %s', async (_what, user, options, status, stage, hint) => {
    const { stdout } = await explain(await call(user, options));
    expect(stdout).toMatch(new RegExp(`^${String(status)} [A-Z]`));
    expect(stdout.match(/^FAIL +\w+/gm)).toEqual([`FAIL  ${stage.padEnd(12)}`.trimEnd()]);
    expect(/^hint: .*$/m.exec(stdout)?.[0]).toContain(hint);
  });

  test('tells whose answer a failure is', async () => {
    upstream.always({ error: 429 });
    const { stdout } = await explain(await call('ci'));
    expect(stdout).toMatch(/^429 {2}POST /);
    expect(stdout).toContain('FAIL  Upstream    it answered with 429 itself');
  });

  test('shows no record to who may not see it, and finds none of a request that never was', async () => {
    const id = await call('ci');
    const own = await machine.run(['explain', id], { env: { TIDEGATE_TOKEN: idp.sign({ sub: 'ci' }) } });
    expect(own).toMatchObject({ status: 4, stdout: '' });
    expect(own.stderr).toMatch(/^tidegate: "ci" may not get .*llmproviders.*requests.*\nhint: /);
    const none = await explain(ID);
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toMatch(/^tidegate: no record of the request \S+: 1 proxy was asked \(\S+\)\n/);
  });
});
