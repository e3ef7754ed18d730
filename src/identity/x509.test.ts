import { describe, expect, test } from '@jest/globals';
import { gatewayOf, NOW, trusted, claimsOf } from '../../test/support/identity/authentication.ts';
import { signed, signingKey, startIssuer } from '../../test/support/identity/issuer.ts';
import type { ClientCertificate } from './types.ts';

const x509 = { clientCAFile: '/ca.pem', usernamePrefix: 'cert:', groupsPrefix: 'org:' };
const certificate = (members: Partial<ClientCertificate> = {}): ClientCertificate => ({
  commonName: 'ada',
  organizations: ['ops', 'system:masters'],
  notAfter: NOW + 1000,
  ...members,
});
const identity = { username: 'cert:ada', groups: ['org:ops', 'org:system:masters', 'system:authenticated'] };

describe('client certificates', () => {
  test('say who calls by CN and O', async () => {
    await using gateway = await gatewayOf({ x509 });
    expect(await gateway.ask(undefined, certificate())).toEqual({
      kind: 'Authenticated',
      identity: { ...identity, expiresAt: NOW + 1000 },
    });
  });

  test('serve also a caller whose SDK insists on some key', async () => {
    await using gateway = await gatewayOf({ x509 });
    for (const key of ['sk-none', 'unused', 'a.b', 'a.b.c.d', '.', '..']) {
      expect(await gateway.ask(key, certificate())).toMatchObject({ kind: 'Authenticated', identity });
    }
  });

  test('do not stand in for a token that is refused', async () => {
    const key = signingKey('ES256', 'k');
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ x509, jwt: [trusted(issuer.url)] });
    const expired = signed(key, claimsOf(issuer, { exp: NOW / 1000 - 60 }));
    expect(await gateway.ask(expired, certificate())).toMatchObject({ kind: 'Unauthenticated' });
    expect(await gateway.ask('e30.e30.e30', certificate())).toMatchObject({ kind: 'Unauthenticated' });
    expect(await gateway.ask(signed(key, claimsOf(issuer)), certificate())).toMatchObject({
      identity: { username: 'ada' },
    });
  });

  test('end while their connection goes on', async () => {
    await using gateway = await gatewayOf({ x509 });
    const one = certificate();
    expect(await gateway.ask(undefined, one)).toMatchObject({ kind: 'Authenticated' });
    gateway.clock.advance(1000);
    expect(await gateway.ask(undefined, one)).toEqual({
      kind: 'Unauthenticated',
      reason: 'expired',
      message:
        'The client certificate expired at 2026-06-01T12:00:01.000Z. Use a client certificate of an authority that is accepted here.',
    });
  });

  test.each<[name: string, members: Partial<ClientCertificate>]>([
    ['names nobody', { commonName: '' }],
    ['names a user of Kubernetes itself', { commonName: 'system:admin' }],
    ['ends at no time', { notAfter: Number.NaN }],
  ])('one that %s is refused', async (_name, members) => {
    await using gateway = await gatewayOf({ x509: { ...x509, usernamePrefix: '', groupsPrefix: '' } });
    expect(await gateway.ask(undefined, certificate(members))).toMatchObject({ kind: 'Unauthenticated' });
  });

  test('give no group of Kubernetes itself', async () => {
    await using gateway = await gatewayOf({ x509: { ...x509, groupsPrefix: '' } });
    expect(await gateway.ask(undefined, certificate())).toMatchObject({
      identity: { groups: ['ops', 'system:authenticated'] },
    });
  });

  test('are looked at only where they are configured', async () => {
    await using issuer = await startIssuer({ keys: [] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await gateway.ask(undefined, certificate())).toMatchObject({ kind: 'Unauthenticated' });
  });

  test('cost one look a connection', async () => {
    await using gateway = await gatewayOf({ x509 });
    const one = certificate();
    const verdict = gateway.authenticator.authenticate(undefined, one);
    expect(gateway.authenticator.authenticate(undefined, one)).toBe(verdict);
    expect(await gateway.metric('tidegate_authentications_total', { method: 'x509' })).toBe(1);
  });
});
