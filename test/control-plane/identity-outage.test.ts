/** The API server is gone for longer than verdicts about callers may outlive it. */
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

describeControlPlane('while the API server cannot be asked about callers', () => {
  let cluster: ControlPlane;
  let upstream: UpstreamServer;
  let installation: Installation;
  let proxy: InstalledProxy;

  beforeAll(async () => {
    cluster = await ControlPlane.start();
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    installation = await Installation.create(cluster, { authentication: { graceSeconds: 40 } });
    const { namespace } = installation;
    await cluster.apply(provider('one', upstream.origin, {}, namespace));
    await cluster.apply(secret('one', upstreamKey, namespace));
    await installation.startOperator();
    proxy = await installation.startProxy();
  });

  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  function chat(token: string): Promise<RawAnswer> {
    const url = `${proxy.url}/llm/v1/providers/one/v1/chat/completions`;
    return post(url, { model: 'gpt-4o', messages: [] }, { authorization: `Bearer ${token}` });
  }

  test('who may call goes on for `graceSeconds`, then nobody does; who may not never does', async () => {
    const [allowed, denied] = [await installation.callerToken('allowed'), await installation.callerToken('denied')];
    await installation.allow('allowed', 'one');
    await waitFor('the caller to be served', async () => (await chat(allowed)).status === 200);
    expect((await chat(denied)).status).toBe(403);

    await cluster.stopApiServer();
    expect((await chat(allowed)).status).toBe(200);
    const seen = new Set<number>();
    // Both are from the moment of the answer: a permission is fresh for 30 s, and stands in until 40 s are over.
    await waitFor(
      'nobody to be served any more',
      async () => {
        seen.add((await chat(denied)).status);
        const answer = await chat(allowed);
        if (answer.status === 200) return false;
        expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'IdentityUnavailable']);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
        return true;
      },
      { timeoutMilliseconds: 70_000, intervalMilliseconds: 250 },
    );
    // A "no" is forgotten after some seconds, and does not become a "yes".
    expect(seen).toContain(503);
    expect([403, 503]).toEqual(expect.arrayContaining([...seen]));
    const { last } = upstream;
    for (let call = 0; call < 5; call++) expect((await chat(allowed)).status).toBe(503);
    expect(upstream.last).toBe(last);

    await cluster.startApiServer();
    await waitFor('the caller to be served again', async () => (await chat(allowed)).status === 200);
    await waitFor('the other to be refused again', async () => (await chat(denied)).status === 403);
  }, 150_000);
});
