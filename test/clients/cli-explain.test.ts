/** `tidegate explain`, as a process of its own: against several replicas behind one address, and against the gateway itself. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Machine } from '../support/cli/machine.ts';

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
