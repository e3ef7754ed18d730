import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CommandIO } from '../../command/io.ts';
import { addClientCommands } from '../program.ts';
import { complete, flagsOf } from './candidates.ts';
import { completionScript, SHELLS } from './scripts.ts';

const io: CommandIO = {
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  signal: new AbortController().signal,
};
const program = new Command('tidegate');
addClientCommands(program, io);

const after = (line: string) => {
  const { candidates, ...rest } = complete(program, line.split(' '));
  return { ...rest, values: candidates.map(({ value }) => value) };
};

describe('what may stand next', () => {
  test('commands, without hidden ones', () => {
    const { values } = after('');
    expect(values).toEqual(expect.arrayContaining(['login', 'provider', 'profile', 'token']));
    expect(values).not.toContain('__complete');
    expect(after('pro').values).toEqual(['profile', 'provider']);
  });

  test('subcommands, by the alias of their command, too', () => {
    expect(after('provider l').values).toEqual(['list']);
    expect(after('providers mod').values).toEqual(['models']);
  });

  test('options', () => {
    expect(after('provider list --out').values).toEqual(['--output']);
    expect(after('login --client').values).toEqual(['--client-id', '--client-credentials', '--client-secret-file']);
  });

  test('values of an option', () => {
    expect(after('provider list -o ').values).toEqual(['table', 'wide', 'json', 'yaml', 'name']);
    expect(after('provider list --output y').values).toEqual(['yaml']);
    expect(after('provider list --output=y').values).toEqual(['--output=yaml']);
    expect(after('completion ').values).toEqual(['bash', 'zsh', 'fish']);
  });

  test('names that the gateway or this machine knows', () => {
    expect(after('provider get ')).toMatchObject({ dynamic: 'provider', values: [] });
    expect(after('provider get openai ')).toMatchObject({ dynamic: undefined, values: [] });
    expect(after('whoami --profile ')).toMatchObject({ dynamic: 'profile' });
    expect(after('profile use ')).toMatchObject({ dynamic: 'profile' });
  });

  test('files', () => {
    expect(after('whoami --certificate-authority ')).toMatchObject({ files: true });
    expect(after('x -- anything')).toMatchObject({ files: true, values: [] });
    expect(after('provider list --output=')).toMatchObject({ files: false });
  });

  test.each([
    ['provider get -n team-b --url http://b ', { namespace: 'team-b', url: 'http://b' }],
    ['provider get --namespace=team-b -o json ', { namespace: 'team-b' }],
    ['run claude --profile work -L ', { profile: 'work' }],
    ['run claude -L x -- -n of-the-agent ', {}],
    ['provider get -n', {}],
  ])('names are those of where the line works: %j', (line, flags) => {
    expect(flagsOf(program, line.split(' '))).toEqual(flags);
  });

  test('is always found without a mistake', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('provider', 'get', '--', '-o', '--output=', '--profile', '-', '--=', 'help', '__complete'),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { candidates } = complete(program, words);
        const typed = words.at(-1) ?? '';
        for (const { value } of candidates) expect(value.startsWith(typed)).toBe(true);
      }),
    );
  });
});

test.each(SHELLS)('the script of %s calls the program by its name', (shell) => {
  const script = completionScript(shell, 'kubectl-tidegate');
  expect(script).toContain('kubectl-tidegate __complete --');
  expect(script).not.toMatch(/@[A-Z]+@/);
});
