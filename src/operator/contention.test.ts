import { expect, test } from '@jest/globals';

import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { Contention } from './contention.ts';

test('a status that keeps being changed back is answered ever later, and that is said once', async () => {
  const clock = new ManualClock();
  const log = new QuietLog();
  const contention = new Contention({ clock, log, noun: 'provider' });
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    contention.noteReturn('a/p', String(i));
    contention.noteReturn('a/p', String(i));
    waits.push(contention.waitMs('a/p'));
    await clock.advance(contention.waitMs('a/p'));
  }
  expect(waits.map((ms) => ms / 1000)).toEqual([0, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
  const said = log.lines.filter(({ message }) => message.startsWith('another release writes this status'));
  expect(said.length).toBeLessThan(3);
  expect(said[0]).toMatchObject({ level: 'warn', fields: { provider: 'a/p' } });
});

test('a single mistake is mended at once, also long after another', async () => {
  const clock = new ManualClock();
  const contention = new Contention({ clock, log: new QuietLog(), noun: 'provider' });
  contention.noteReturn('a/p', '1');
  expect(contention.waitMs('a/p')).toBe(0);
  await clock.advance(3_600_000);
  contention.noteReturn('a/p', '2');
  expect(contention.waitMs('a/p')).toBe(0);
});
