/** What the commands say of a gateway's refusals. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { EXIT } from '../../command/io.ts';
import type { Answer } from './exchange.ts';
import { refused } from './gateway.ts';

const URL = 'https://llm.example.com';

const answer = (status: number, code: string): Answer => ({
  status,
  header: (name) => (name === 'x-tidegate-error' ? code : undefined),
  body: JSON.stringify({ error: { message: 'said' } }),
});

test('a token that is not accepted is fetched anew where it came from', () => {
  expect(refused(answer(401, 'Unauthenticated'), URL)).toMatchObject({
    status: EXIT.signIn,
    hint: 'run "tidegate login"',
  });
  expect(refused(answer(401, 'Unauthenticated'), URL, 'TIDEGATE_TOKEN')).toMatchObject({
    status: EXIT.signIn,
    hint: 'set TIDEGATE_TOKEN anew, or unset it and run "tidegate login"',
  });
});

test('only what ends by itself is to be tried again', () => {
  expect(refused(answer(503, 'Overloaded'), URL)).toMatchObject({
    status: EXIT.unreachable,
    hint: 'try again in a moment',
  });
  const passing = answer(503, 'GuardrailUnavailable');
  const header = (name: string): string | undefined => (name === 'retry-after' ? '1' : 'GuardrailUnavailable');
  expect(refused({ ...passing, header }, URL)).toMatchObject({
    status: EXIT.unreachable,
    hint: 'try again in a moment',
  });
  for (const code of ['GuardrailUnavailable', 'CredentialsUnavailable']) {
    expect(refused(answer(503, code), URL)).toMatchObject({
      message: 'said',
      status: EXIT.failure,
      hint: expect.stringContaining('owner'),
    });
  }
  expect(refused(answer(503, 'CredentialsUnavailable'), URL).hint).not.toContain('Guardrail');
});

test('only what a RoleBinding mends asks for one', () => {
  const { hint = '' } = refused(answer(403, 'Forbidden'), URL);
  expect(hint).toContain('RoleBinding');
  const roles = readFileSync('charts/tidegate/templates/user-roles.yaml', 'utf8');
  const named = hint.match(/llmprovider-\w+/g) ?? [];
  expect(named).toHaveLength(2);
  for (const role of named) expect(roles).toContain(`name: ${role}\n`);
  for (const code of ['ProviderDisabled', 'ModelNotAllowed'])
    expect(refused(answer(403, code), URL)).toMatchObject({ status: EXIT.forbidden, hint: undefined });
});

test('what a header says reaches no terminal as a control sequence', () => {
  const header = (name: string): string | undefined =>
    name === 'x-tidegate-error' ? 'Odd\u009b2J' : name === 'location' ? 'http://a/\u009b2J' : undefined;
  const odd: Answer = { status: 418, header, body: '' };
  expect(refused(odd, URL).message).toBe('the gateway answers with status 418 (Odd 2J)');
  const moved = { ...odd, header: (name: string) => (name === 'location' ? header(name) : undefined) };
  expect(refused(moved, URL).message).toContain('sends to http://a/ 2J,');
});

test('a URL with too much behind it is told so', () => {
  expect(refused(answer(404, 'NotFound'), URL)).toMatchObject({
    status: EXIT.failure,
    hint: expect.stringContaining('no path behind it'),
  });
});

test('who asks for a provider that is not there is told where those are that there are', () => {
  expect(refused(answer(404, 'ProviderNotFound'), URL)).toMatchObject({
    status: EXIT.failure,
    hint: expect.stringContaining('"tidegate provider list"'),
  });
});
