import { describe, expect, test } from '@jest/globals';
import { claimsOf, gatewayOf, NOW, trusted } from '../../test/support/identity/authentication.ts';
import { signed, signingKey, startIssuer } from '../../test/support/identity/issuer.ts';
import type { Algorithm } from '../../test/support/identity/issuer.ts';

describe('a token of a configured issuer', () => {
  test.each<Algorithm>(['RS256', 'PS256', 'ES256', 'EdDSA'])('is accepted when it is signed with %s', async (alg) => {
    const key = signingKey(alg, 'k1');
    await using issuer = await startIssuer({ keys: [key] });
    await using gateway = await gatewayOf({ jwt: [trusted(issuer.url)] });
    expect(await gateway.ask(signed(key, claimsOf(issuer)))).toEqual({
      kind: 'Authenticated',
      identity: { username: 'ada', groups: ['system:authenticated'], expiresAt: NOW + 3_600_000 },
    });
  });
});
