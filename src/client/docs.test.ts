import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { EXIT, type CommandIO } from '../command/io.ts';
import { addClientCommands } from './program.ts';
import { SNIPPETS } from './providers/snippets/index.ts';

const page = readFileSync('docs/cli.md', 'utf8');

const io: CommandIO = {
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  signal: new AbortController().signal,
};

function program(): Command {
  const made = new Command('tidegate');
  addClientCommands(made, io);
  return made;
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(command: Command, path: string): readonly Leaf[] {
  const visible = command.commands;
  return visible.length === 0 ? [{ path, command }] : visible.flatMap((each) => leaves(each, `${path} ${each.name()}`));
}

const isAgents = ({ path }: Leaf): boolean => path.startsWith('tidegate run ') || path === 'tidegate env';
const all = program()
  .commands.filter((command) => !command.name().startsWith('_'))
  .flatMap((command) => leaves(command, `tidegate ${command.name()}`));
const own = all.filter((leaf) => !isAgents(leaf));

/** Explained once, for all commands. */
const COMMON = new Set([
  '--url',
  '--namespace',
  '--profile',
  '--certificate-authority',
  '--output',
  '--kubeconfig',
  '--context',
  '--help',
]);

function section(path: string): string {
  const start = page.indexOf(`\n### ${path}\n`);
  return start === -1 ? '' : page.slice(start, page.indexOf('\n##', start + 5) >>> 0);
}

/** Command lines of examples, without their comments. */
function linesOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\$\()(tidegate [^\n#|>)"]*(?:"[^"]*"[^\n#|>)]*)?)/gm)].map(([, line = '']) =>
    line.trim(),
  );
}

/** Throws when there is no such command or option. */
function parseLine(line: string): void {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, word]) => inQuotes ?? word ?? '');
  const made = program();
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.action(() => undefined);
    command.commands.forEach(quiet);
  };
  made.commands.forEach(quiet);
  made.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  made.parse(words.slice(1), { from: 'user' });
}

describe('docs/cli.md', () => {
  test.each(own.map(({ path }) => path))('has a section with an example: %s', (path) => {
    expect(section(path)).toContain(`\n${path}`);
  });

  test.each(all.filter(isAgents).map(({ path }) => path))('names: %s', (path) => {
    expect(page).toContain(`| \`${path} `);
  });

  test.each(own)('names every option of $path', ({ path, command }) => {
    const options = command
      .createHelp()
      .visibleOptions(command)
      .flatMap(({ long }) => long ?? []);
    const missing = options.filter((long) => !COMMON.has(long) && !section(path).includes(long));
    expect(missing).toEqual([]);
    for (const common of options.filter((long) => COMMON.has(long) && long !== '--help' && long !== '--output'))
      expect(page).toContain(`\`${common}\``);
  });

  test('has no section on what is not there', () => {
    const headings = [...page.matchAll(/^### (tidegate .*)$/gm)].map(([, heading]) => heading);
    expect(new Set(headings)).toEqual(new Set(own.map(({ path }) => path)));
  });

  const lines = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => linesOf(block));
  test.each(lines)('shows what can be typed: %s', (line) => expect(() => parseLine(line)).not.toThrow());

  test('is compared in earnest', () => {
    expect(lines.length).toBeGreaterThan(30);
    for (const line of [
      'tidegate nothing',
      'tidegate provider nothing',
      'tidegate whoami --nothing',
      'tidegate provider get',
    ])
      expect(() => parseLine(line)).toThrow();
  });

  test('lists exit statuses, formats and tools', () => {
    for (const status of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${String(status)} \\| `, 'm'));
    for (const [type, snippets] of Object.entries(SNIPPETS)) {
      const row = page
        .split('\n')
        .find((line) => line.startsWith('| `') && line.includes(`\`${type}\``) && line.includes('`curl`'));
      expect((row ?? '').match(/`[a-z-]+`/g)).toEqual(Object.keys(snippets).map((client) => `\`${client}\``));
    }
  });
});

describe('--help', () => {
  const helpOf = (command: Command): string => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    return text;
  };

  test.each(all)('of $path has examples that can be typed', ({ path, command }) => {
    const [, examples = ''] = helpOf(command).split('\nExamples:\n');
    expect(examples).toContain(path.split(' ').slice(0, 2).join(' '));
    for (const line of linesOf(examples.replaceAll(/^ {2}/gm, ''))) expect(() => parseLine(line)).not.toThrow();
  });
});
