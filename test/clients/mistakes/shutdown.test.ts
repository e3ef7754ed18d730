/** Mistake 24: gateways that cut what is open when they are replaced. */
import { expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { collect } from '../../support/gateway/index.ts';
import { families } from '../../support/mistakes/families.ts';
import { EveryType } from '../../support/mistakes/gateway.ts';

const scenario = { contentFrames: 8, hangAfterFrames: 3 };

const draining = (drainSeconds: number): Promise<EveryType> =>
  EveryType.start({ families, config: { shutdown: { endpointSeconds: 0, drainSeconds } } });

test('mistake 24: open streams of every API end by themselves after SIGTERM', async () => {
  await using every = await draining(60);
  const answers = await Promise.all(families.map((family) => every.begin(family, scenario)));
  const bodies = answers.map((answer) => collect(answer));
  const { process } = every.gateway.process;
  process.signal('SIGTERM');
  await waitFor('not to be ready', async () => (await fetch(`${every.gateway.adminURL}/readyz`)).status === 503);
  for (const { type } of families) every.upstream(type).release();
  const received = (await Promise.all(bodies)).map(({ body }) => body.toString('latin1'));
  const exchanges = [...new Set(families.map(({ type }) => type))].flatMap((type) => every.upstream(type).exchanges);
  expect(exchanges.map(({ outcome }) => outcome)).toEqual(families.map(() => 'Complete'));
  expect(received.sort()).toEqual(exchanges.map(({ sent }) => sent.toString('latin1')).sort());
  await process.exited;
  expect(every.gateway.process.log()).not.toMatch(/"level":"(error|fatal)"/);
});

test('mistake 24: what is open after drainSeconds ends with an error of its own form, and is counted', async () => {
  // A tenth of that is for the last scrape.
  await using every = await draining(10);
  const answers = await Promise.all(families.map((family) => every.begin(family, scenario)));
  const bodies = answers.map((answer) => collect(answer));
  const { process } = every.gateway.process;
  process.signal('SIGTERM');
  const cut = async (): Promise<number> => (await every.gateway.metrics()).sum('tidegate_cut_requests_total');
  await waitFor('the last scrape', async () => (await cut()) === families.length, { intervalMilliseconds: 20 });
  for (const [index, { body }] of (await Promise.all(bodies)).entries()) {
    const { name, streamError } = families[index] ?? { name: '', streamError: /./ };
    expect([name, streamError.test(body.toString('latin1'))]).toEqual([name, true]);
  }
  await process.exited;
});
