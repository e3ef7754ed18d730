/** What it costs to know who calls: nobody asked, a token that is known already, a token that is new. */
import { signed, signingKey, startIssuer } from '../../test/support/identity/issuer.ts';
import type { Algorithm, SigningKey } from '../../test/support/identity/issuer.ts';
import { inOrder, type BenchContext } from '../context.ts';
import { chatBytes } from '../load/client.ts';
import { measureOnce } from '../measures/callers.ts';
import { record, type Row } from '../report.ts';
import type { Target } from '../target.ts';
import { standalone } from '../targets.ts';

const audience = 'https://gateway.example.com';
const algorithms: readonly Algorithm[] = ['RS256', 'ES256', 'EdDSA'];
const connections = 32;
const callers = 100;
/** Requests of one measurement. */
const requests = 8000;
const warmUp = 20_000;

/** Runs the section `identity`. Anonymous requests carry the same bytes as those with a known token. */
export async function identity({ upstream, folder, rounds }: BenchContext, rows: Row[]): Promise<void> {
  const keys = algorithms.map((algorithm) => signingKey(algorithm, algorithm));
  await using issuer = await startIssuer({ keys });
  let serial = 0;
  const tokens = (key: SigningKey, count: number): readonly string[] =>
    Array.from({ length: count }, () => signed(key, claims(issuer.url, (serial += 1))));
  const known = keys.slice(0, 1).flatMap((key) => tokens(key, callers));

  const issuers = [
    {
      issuer: { url: issuer.url, audiences: [audience] },
      claimMappings: { groups: { claim: 'groups', prefix: 'bench:' } },
    },
  ];
  const open = await standalone(upstream.port, folder);
  const guarded = await standalone(upstream.port, folder, { issuers });
  const measure = (target: Target, of: readonly string[], count: number): Promise<number> =>
    measureOnce(
      target,
      connections,
      Array.from({ length: count }, (_, i) => chatBytes({ ...target, token: of[i % of.length] ?? '' })),
    );
  const cases: readonly { readonly name: string; readonly run: () => Promise<number> }[] = [
    { name: 'anonymous', run: () => measure(open, known, requests) },
    {
      name: 'known token',
      run: async () => {
        // Those of the round before may have been pushed out by new ones.
        await measure(guarded, known, callers);
        return measure(guarded, known, requests);
      },
    },
    ...keys.map((key) => ({
      name: `new token, ${key.algorithm}`,
      run: () => measure(guarded, tokens(key, requests), requests),
    })),
  ];
  try {
    for (const target of [open, guarded]) await measure(target, known, warmUp);
    for (let round = 0; round < rounds; round += 1) {
      const times = new Map<string, number>();
      for (const { name, run } of inOrder(cases, round)) times.set(name, await run());
      const anonymous = times.get('anonymous') ?? Number.NaN;
      for (const [target, time] of times) {
        const key = { section: `Callers, ${connections} connections`, target };
        record(rows, { ...key, figure: 'CPU time per request', unit: 'µs' }, time);
        if (target === 'anonymous') continue;
        record(rows, { ...key, figure: 'over anonymous, same round', unit: '%' }, (time / anonymous - 1) * 100);
      }
    }
  } finally {
    for (const target of [open, guarded]) await target.stop();
  }
}

/** As long as those of usual providers: a token of some 900 characters. */
function claims(iss: string, serial: number): object {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss,
    aud: audience,
    sub: `caller-${serial % callers}`,
    jti: `00000000-0000-0000-0000-${String(serial).padStart(12, '0')}`,
    iat: now,
    nbf: now,
    exp: now + 3600,
    azp: 'bench-client',
    scope: 'openid profile email',
    email: 'ada.lovelace@example.com',
    name: 'Ada Lovelace',
    groups: ['engineering', 'research', 'everyone'],
  };
}
