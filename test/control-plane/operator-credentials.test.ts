/**
 * Every kind of credential with the operator in a real API server: which Secrets it waits for and follows, and what the
 * proxies get. The proxy is a stand-in that reads and acknowledges the table.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

describeControlPlane('the operator and credentials', () => {
  let cluster: Connection;
  let installation: Installation;
  let proxy: StandInProxy;
  let namespace: string;
  let objects: ClusterObjects;

  beforeAll(async () => {
    cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    namespace = installation.namespace;
    objects = new ClusterObjects(cluster, namespace);
    await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  const entryOf = (name: string) => proxy.table?.lookup(namespace, name);
  const servedKeys = (name: string) => {
    const credential = entryOf(name)?.credential;
    if (credential?.kind !== 'AWS' || credential.source.type !== 'StaticKeys') return undefined;
    const { accessKeyID, secretAccessKey, sessionToken } = credential.source;
    return [accessKeyID, secretAccessKey, sessionToken].map((value) => value?.reveal());
  };

  test('follows the Secrets of an access key, each by itself', async () => {
    await objects.applyProvider('static', {
      type: 'Bedrock',
      secretRef: undefined,
      bedrock: {
        region: 'eu-central-1',
        credentials: {
          type: 'StaticKeys',
          staticKeys: {
            accessKeyIDRef: { name: 'aws-id' },
            secretAccessKeyRef: { name: 'aws-secret' },
            sessionTokenRef: { name: 'aws-secret', key: 'token' },
          },
        },
      },
    });
    const missing = await objects.untilActiveIs('static', 'SecretNotFound');
    expect(condition(missing, 'Active')?.message).toBe(
      `secret "${namespace}/aws-id" not found; secret "${namespace}/aws-secret" not found`,
    );
    await objects.putSecret('aws-id', { AWS_ACCESS_KEY_ID: 'AKIAFIRST\n' });
    await objects.until('static', 'one Secret missing', (provider) => {
      return condition(provider, 'Active')?.message === `secret "${namespace}/aws-secret" not found`;
    });
    await objects.putSecret('aws-secret', { AWS_SECRET_ACCESS_KEY: 'first' });
    const keyless = await objects.untilActiveIs('static', 'SecretKeyNotFound');
    expect(condition(keyless, 'Active')?.message).toBe(`secret "${namespace}/aws-secret" has no key "token"`);
    await objects.putSecret('aws-secret', { AWS_SECRET_ACCESS_KEY: 'first', token: 'session' });
    await objects.untilActiveIs('static', 'Active');
    expect(servedKeys('static')).toEqual(['AKIAFIRST', 'first', 'session']);
    expect(entryOf('static')).toMatchObject({
      region: 'eu-central-1',
      baseURL: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    });

    await objects.putSecret('aws-secret', { AWS_SECRET_ACCESS_KEY: 'second', token: 'session' });
    await waitFor('the new key to be served', () => servedKeys('static')?.[1] === 'second');
    await objects.delete('secret', 'aws-id');
    await objects.untilActiveIs('static', 'SecretNotFound');
    await waitFor('the keys to leave the table', () => servedKeys('static') === undefined);
  });

  test.each<[string, object, object]>([
    ['default-chain', { region: 'us-east-1' }, { type: 'DefaultChain' }],
    [
      'role',
      {
        region: 'us-east-1',
        credentials: { type: 'AssumeRole', assumeRole: { roleARN: 'arn:aws:iam::111122223333:role/a' } },
      },
      { type: 'AssumeRole', roleARN: 'arn:aws:iam::111122223333:role/a' },
    ],
  ])('waits for no Secret with the identity of the proxies: %s', async (name, bedrock, source) => {
    await objects.applyProvider(name, { type: 'Bedrock', secretRef: undefined, bedrock });
    await objects.untilActiveIs(name, 'Active');
    expect(entryOf(name)).toMatchObject({ region: 'us-east-1', credential: { kind: 'AWS', source } });
  });

  test('takes the key away when callers bring their own, and wants it back when they no longer do', async () => {
    await objects.putSecret('claude', { ANTHROPIC_API_KEY: 'sk-ant-1' });
    await objects.applyProvider('claude', { type: 'Anthropic' });
    await objects.untilActiveIs('claude', 'Active');
    expect(entryOf('claude')?.credential.kind).toBe('APIKey');

    const patch = (spec: object) =>
      cluster.kubectl('patch', 'llmp', 'claude', '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec }));
    await patch({ secretRef: null, anthropic: { authPassthrough: true } });
    await waitFor('the key to leave the table', () => entryOf('claude')?.credential.kind === 'Passthrough');
    await objects.delete('secret', 'claude');

    await patch({ secretRef: { name: 'claude' }, anthropic: null });
    await objects.untilActiveIs('claude', 'SecretNotFound');
  });

  test('gives the proxies the prices of the spec', async () => {
    await objects.putSecret('gemini', { GOOGLE_AI_API_KEY: 'key' });
    const pricing = { input: 0, output: 2.5, cacheWrite5m: 0.000001 };
    await objects.applyProvider('gemini', {
      type: 'GoogleAI',
      models: [{ name: 'gemini-3-flash', pricing }, { name: 'gemini-3-pro' }],
    });
    await objects.untilActiveIs('gemini', 'Active');
    expect(entryOf('gemini')?.models).toEqual([{ name: 'gemini-3-flash', pricing }, { name: 'gemini-3-pro' }]);
  });
});
