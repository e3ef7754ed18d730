/** The API server goes, comes back, cuts watches; the table is spoilt. Proxies serve on with what they have. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import {
  Installation,
  post,
  provider,
  secret,
  upstreamKey,
  type InstalledProxy,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

describeControlPlane('while the API server is not itself', () => {
  let cluster: ControlPlane;
  let upstream: UpstreamServer;
  let installation: Installation;
  let proxy: InstalledProxy;
  let token: string;

  beforeAll(async () => {
    cluster = await ControlPlane.start();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    installation = await Installation.create(cluster);
    const { namespace } = installation;
    await cluster.apply(provider('one', upstream.origin, {}, namespace));
    await cluster.apply(secret('one', upstreamKey, namespace));
    await installation.startOperator();
    proxy = await installation.startProxy();
    token = await installation.callerToken('app');
    await installation.allow('app', 'one', 'two', 'three', 'four');
    await untilServed('one');
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  function chat(name: string, at: InstalledProxy = proxy): Promise<RawAnswer> {
    const url = `${at.url}/llm/v1/providers/${name}/v1/chat/completions`;
    return post(url, { model: 'gpt-4o', messages: [] }, { authorization: `Bearer ${token}` });
  }

  async function untilServed(name: string, at: InstalledProxy = proxy): Promise<void> {
    await waitFor(`${name} to be served`, async () => (await chat(name, at)).status === 200);
  }

  async function addProvider(name: string): Promise<void> {
    await cluster.apply(provider(name, upstream.origin, { secretRef: { name: 'one' } }, installation.namespace));
  }

  function tableError(): Promise<string | undefined> {
    return cluster
      .get<{ metadata: { annotations?: Record<string, string> } }>(
        'lease',
        'tidegate-proxy-proxy-0',
        '-n',
        installation.namespace,
      )
      .then((lease) => lease.metadata.annotations?.['tidegate.io/table-error']);
  }

  test('proxies serve on while it is down, with the verdicts about callers that they have', async () => {
    await cluster.stopApiServer();
    for (let call = 0; call < 5; call++) expect((await chat('one')).status).toBe(200);
  });

  test('a proxy that is started meanwhile is ready with the mounted copy of the table, and answers once callers can be asked for', async () => {
    await cluster.startApiServer();
    const tableFolder = await installation.mountTable();
    await using first = await installation.startProxy('proxy-mounted-0', { tableFolder });
    // The token is minted while there is somebody to mint it; the process is started again without.
    await untilServed('one', first);
    await cluster.stopApiServer();
    await first.process[Symbol.asyncDispose]();
    const again = await installation.restartProxy('proxy-mounted-0', { tableFolder });
    try {
      // It is ready and knows the provider. Who calls can't be asked, and nobody is let in unasked.
      const answer = await chat('one', again);
      expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'IdentityUnavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      await cluster.startApiServer();
      await untilServed('one', again);
    } finally {
      await again[Symbol.asyncDispose]();
    }
  });

  test('what changed while it was away is served once it is back', async () => {
    await addProvider('two');
    await untilServed('two');
  });

  test('after it forgot its history, and after it hung with open connections, changes arrive again', async () => {
    await cluster.forgetHistory();
    await addProvider('three');
    await untilServed('three');
    cluster.pauseApiServer();
    expect((await chat('one')).status).toBe(200);
    cluster.resumeApiServer();
    await addProvider('four');
    await untilServed('four');
  });

  test('a spoilt table is refused whole: the old one is served, the Lease says so, and it heals', async () => {
    const { namespace } = installation;
    await installation.stopOperators();
    const patch = JSON.stringify({ data: { 'index.json': Buffer.from('spoilt').toString('base64') } });
    await cluster.kubectl('patch', 'secret', 'tidegate-table', '-n', namespace, '--type=merge', '-p', patch);
    await waitFor('the Lease to say so', async () => (await tableError()) !== undefined);
    expect((await chat('one')).status).toBe(200);
    expect(await tableError()).not.toContain(upstreamKey);

    await installation.startOperator('operator-1');
    await waitFor('the table to be whole again', async () => (await tableError()) === undefined);
    expect((await chat('one')).status).toBe(200);
  });

  test('a mounted copy that is spoilt is no table: the proxy waits for a good one', async () => {
    const tableFolder = await installation.mountTable();
    writeFileSync(join(tableFolder, 'part-0'), 'spoilt');
    await using other = await installation.startProxy('proxy-spoilt', { tableFolder });
    await untilServed('one', other);
  });
});
