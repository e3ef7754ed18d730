/** A real API server as an issuer: ServiceAccounts of another cluster, as docs/identity/kubernetes.md lets them in. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeBlocks, read } from '../../hack/docs/markdown.ts';
import type { JWTConfiguration } from '../../src/config/types.ts';
import type { AuthenticationVerdict } from '../../src/identity/types.ts';
import { Console } from '../support/console.ts';
import { ControlPlane, describeControlPlane } from '../support/control-plane/index.ts';
import { gatewayOf, trusted } from '../support/identity/authentication.ts';

const page = read('docs/identity/kubernetes.md');

describeControlPlane('another cluster', () => {
  let other: ControlPlane;

  beforeAll(async () => {
    other = await ControlPlane.start();
    await other.kubectl('create', 'namespace', 'team-a');
    await other.createServiceAccount('team-a', 'chatbot');
  });

  afterAll(async () => {
    await other?.stop();
  });

  /** As the page says: its issuer, where its metadata is, its CA, a prefix of its own. */
  const asIssuer = async (prefix: string): Promise<JWTConfiguration> => {
    const metadata = '/.well-known/openid-configuration';
    const { issuer: url } = JSON.parse(await other.kubectl('get', '--raw', metadata)) as { issuer: string };
    const { issuer, ...rest } = trusted(url, { ca: readFileSync(other.caFile, 'utf8') });
    return {
      ...rest,
      issuer: { ...issuer, discoveryURL: `${other.server}${metadata}`, audiences: ['tidegate'] },
      claimMappings: { username: { claim: 'sub', prefix } },
    };
  };

  test('that shows its keys to nobody leaves its callers with "not now", never with yes', async () => {
    await using gateway = await gatewayOf({ jwt: [await asIssuer('prod:')] }, { now: Date.now });
    const verdict = await gateway.ask(await other.serviceAccountToken('team-a', 'chatbot', ['tidegate']));
    expect(verdict.kind).toBe('Unavailable');
  });

  describe('that shows its keys by the command of the page', () => {
    beforeAll(async () => {
      const [command = ''] = codeBlocks(page, 'sh').filter((block) => block.includes('clusterrolebinding'));
      expect(await new Console(other).run(command)).toContain('issuer-discovery created');
    });

    const ask = async (prefix: string, audience: string): Promise<AuthenticationVerdict> => {
      await using gateway = await gatewayOf({ jwt: [await asIssuer(prefix)] }, { now: Date.now });
      return gateway.ask(await other.serviceAccountToken('team-a', 'chatbot', [audience]));
    };

    test('has its ServiceAccounts let in, under its prefix', async () => {
      const username = 'prod:system:serviceaccount:team-a:chatbot';
      expect(await ask('prod:', 'tidegate')).toMatchObject({
        kind: 'Authenticated',
        identity: { username, groups: ['system:authenticated'] },
      });
    });

    test('has no names here without a prefix', async () => {
      const message = expect.stringMatching(/^The claim "sub" names a user of Kubernetes itself/);
      expect(await ask('', 'tidegate')).toMatchObject({ kind: 'Unauthenticated', message });
    });

    test('lets nobody in with a token for another service', async () => {
      const message = expect.stringMatching(/^The token is not meant for this gateway/);
      expect(await ask('prod:', 'https://kubernetes.default.svc')).toMatchObject({ kind: 'Unauthenticated', message });
    });
  });
});
