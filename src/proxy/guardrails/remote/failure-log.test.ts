import { expect, test } from '@jest/globals';
import { FailureLog, type JudgeFailure } from './failure-log.ts';

const failure = (changes: Partial<JudgeFailure> = {}): JudgeFailure => ({
  guardrail: 'team/guard',
  host: 'judge.example.com',
  reason: 'ServerError',
  status: 500,
  detail: undefined,
  ...changes,
});

function logOf(): { note: (at: number, changes?: Partial<JudgeFailure>) => void; said: string[] } {
  let now = 0;
  const said: string[] = [];
  const log = new FailureLog(
    ({ guardrail, status }, omitted) => said.push(`${guardrail} ${String(status)} ${String(omitted)}`),
    () => now,
  );
  return {
    said,
    note: (at, changes) => {
      now = at;
      log.note(failure(changes));
    },
  };
}

test('of failures that are alike one a minute is told, with how many were not', () => {
  const { note, said } = logOf();
  for (let at = 0; at < 60_000; at += 1000) note(at);
  expect(said).toEqual(['team/guard 500 0']);
  note(60_000);
  note(120_000);
  expect(said.slice(1)).toEqual(['team/guard 500 59', 'team/guard 500 0']);
});

test('another guardrail or another status is told at once', () => {
  const { note, said } = logOf();
  note(0);
  note(1, { status: 502 });
  note(2, { guardrail: 'team/other' });
  expect(said).toEqual(['team/guard 500 0', 'team/guard 502 0', 'team/other 500 0']);
});

test('what it remembers is bounded', () => {
  const { note, said } = logOf();
  for (let i = 0; i < 2_500; i += 1) note(0, { guardrail: `team/${String(i)}` });
  expect(said).toHaveLength(2_500);
  note(1, { guardrail: 'team/2499' });
  expect(said).toHaveLength(2_500);
});

test('a judge that answers with ever other statuses fills no log', () => {
  const { note, said } = logOf();
  for (let status = 100; status < 600; status += 1)
    for (const guardrail of ['a', 'b', 'c']) note(status, { status, guardrail });
  expect(said).toHaveLength(3 * 21);
  note(700, { guardrail: 'd' });
  expect(said.at(-1)).toBe('d 500 0');
  note(60_700, { status: 100, guardrail: 'a' });
  note(60_701, { status: 300, guardrail: 'a' });
  expect(said.slice(-2)).toEqual(['a 100 0', 'a 300 0']);
});
