import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { list, object, raw } from '../../test/support/kube/scripted-collection.ts';
import { ScriptedServer, json } from '../../test/support/kube/scripted-server.ts';
import type { Handler } from '../../test/support/kube/scripted-server.ts';
import { apply } from './apply.ts';
import { createKubeMetrics } from './metrics.ts';
import { createObject, deleteObject, getObject, listObjects, updateObject } from './objects.ts';
import { LEASES, NAMESPACES, SECRETS, TOKEN_REVIEWS, keyOf, pathOf } from './resources.ts';
import { createTransport } from './transport.ts';

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of open.splice(0).toReversed()) await end();
});

async function setUp(handler: Handler = (_call, response) => json(response, 200, object('a', '1'))) {
  const server = await ScriptedServer.start(handler);
  const credentials = { server: server.url, tls: async () => ({ ca: undefined }), headers: async () => ({}) };
  const transport = createTransport({ credentials, metrics: createKubeMetrics(new Registry()), userAgent: 'test/1' });
  open.push(
    () => server.close(),
    () => transport.close(),
  );
  return { server, transport, call: () => server.calls[0] };
}

describe('paths', () => {
  test.each([
    ['/api/v1/secrets', SECRETS, {}],
    ['/api/v1/namespaces/a/secrets/b', SECRETS, { namespace: 'a', name: 'b' }],
    ['/apis/coordination.k8s.io/v1/namespaces/a/leases', LEASES, { namespace: 'a' }],
    ['/api/v1/namespaces/a/status', NAMESPACES, { name: 'a', subresource: 'status' }],
    ['/api/v1/namespaces/a/secrets/..%2Fb%3Fx', SECRETS, { namespace: 'a', name: '../b?x' }],
  ])('%s', (path, resource, options) => expect(pathOf(resource, options)).toBe(path));

  test.each(['', '.', '..'])('a name "%s" would change the path and is refused', (name) => {
    expect(() => pathOf(SECRETS, { namespace: 'a', name })).toThrow(TypeError);
  });

  test('keys tell namespaces apart', () => {
    expect([keyOf(object('a', '1')), keyOf({ metadata: { name: 'a' } })]).toEqual(['ns/a', 'a']);
  });
});

describe('one object', () => {
  test('is read', async () => {
    const { transport, call } = await setUp();
    expect(await getObject(transport, SECRETS, { namespace: 'ns', name: 'a' })).toEqual(object('a', '1'));
    expect(call()).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/ns/secrets/a', body: '' });
  });

  test('is created with its apiVersion and kind', async () => {
    const { transport, call } = await setUp();
    await createObject(transport, TOKEN_REVIEWS, { body: { spec: { token: 't' } } });
    expect(call()).toMatchObject({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews' });
    expect(call()?.headers['content-type']).toBe('application/json');
    const sent: unknown = JSON.parse(call()?.body ?? '');
    expect(sent).toEqual({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 't' } });
  });

  test('is replaced, also in a subresource', async () => {
    const { transport, call } = await setUp();
    await updateObject(transport, LEASES, {
      namespace: 'ns',
      name: 'a',
      subresource: 'status',
      body: object('a', '1'),
    });
    expect(call()).toMatchObject({ method: 'PUT', path: '/apis/coordination.k8s.io/v1/namespaces/ns/leases/a/status' });
  });

  test('is deleted only as the one that was meant', async () => {
    const { transport, call } = await setUp();
    await deleteObject(transport, SECRETS, { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '7' });
    expect(call()?.method).toBe('DELETE');
    expect(JSON.parse(call()?.body ?? '')).toMatchObject({ preconditions: { uid: 'u', resourceVersion: '7' } });
  });

  test('is applied as JSON in the media type of server-side apply', async () => {
    const { transport, call } = await setUp();
    await apply(transport, SECRETS, {
      namespace: 'ns',
      name: 'a',
      subresource: 'status',
      fieldManager: 'me',
      force: true,
      body: { metadata: { labels: { x: 'y' } }, data: {} },
    });
    expect(call()).toMatchObject({ method: 'PATCH', path: '/api/v1/namespaces/ns/secrets/a/status' });
    expect(call()?.query.toString()).toBe('fieldManager=me&force=true');
    expect(call()?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(JSON.parse(call()?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'ns', labels: { x: 'y' } },
      data: {},
    });
  });
});

describe('a collection', () => {
  test('comes in pages', async () => {
    const pages = [list('7', [object('a', '1')], 'next'), list('7', [object('b', '2')])];
    const { server, transport } = await setUp((call, response) => pages.shift()?.(call, response));
    const { items, resourceVersion } = await listObjects(transport, SECRETS, { pageSize: 1 });
    expect([items.map(keyOf), resourceVersion]).toEqual([['ns/a', 'ns/b'], '7']);
    expect(server.calls.map(({ query }) => query.toString())).toEqual(['limit=1', 'limit=1&continue=next']);
  });

  test('of metadata without objects has items null, and is empty', async () => {
    const { transport } = await setUp(raw('{"metadata":{"resourceVersion":"7"},"items":null}'));
    expect(await listObjects(transport, SECRETS, { metadataOnly: true })).toEqual({ items: [], resourceVersion: '7' });
  });

  test.each([
    'null',
    '[]',
    '{"items":[]}',
    '{"metadata":{"resourceVersion":"1"}}',
    '{"items":[],"metadata":{"resourceVersion":""}}',
  ])('is not taken for empty when the answer is %s', async (text) => {
    const { transport } = await setUp(raw(text));
    await expect(listObjects(transport, SECRETS)).rejects.toMatchObject({ code: 'Malformed' });
  });
});
