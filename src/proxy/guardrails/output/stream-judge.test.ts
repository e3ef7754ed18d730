import { expect, test } from '@jest/globals';
import { guardrailEntry } from '../../../../test/support/proxy/harness.ts';
import type { Detector } from '../../../guardrails/types.ts';
import { GuardrailCheck } from '../guardrail-check.ts';
import { ProviderGuardrails } from '../provider-guardrails.ts';
import { StreamJudge } from './stream-judge.ts';

test('a long text that a stream says again and again is looked through once', () => {
  let looks = 0;
  const detector: Detector = {
    lookBehind: 0,
    find: () => {
      looks += 1;
      return [{ start: 0, end: 1 }];
    },
    undecided: (text) => text.length,
  };
  const rule = { name: 'r', action: 'Mask' as const, mask: '{R}', detector };
  const policy = { name: 'n/g', mode: 'Enforce' as const, scopes: undefined, rules: { Input: [], Output: [rule] } };
  const guardrails = new ProviderGuardrails([{ entry: guardrailEntry({}), policy, remote: undefined }]);
  const judge = new StreamJudge(new GuardrailCheck(guardrails, false), true);
  const said = { scope: 'Assistant', kind: 'Text' } as const;
  const edits = [{ start: 0, end: 1, replacement: '{R}' }];
  for (let i = 0; i < 4; i++) expect(judge.whole('x'.repeat(10_000), said)).toEqual(edits);
  expect(looks).toBe(1);
  // Other rules look at what another says.
  judge.whole('x'.repeat(10_000), { scope: 'ToolInput', kind: 'Text' });
  judge.whole('y'.repeat(10_000), said);
  expect(looks).toBe(3);
});
