import { expect, test } from '@jest/globals';
import type { CommandIO } from '../command/io.ts';
import { Program } from '../command/program.ts';
import { addServerCommands } from './server-commands.ts';

const io: CommandIO = {
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  signal: new AbortController().signal,
};

function made(): Program {
  const program = new Program('tidegate').exitOverride();
  addServerCommands(program, io);
  for (const command of program.commands)
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .action(() => undefined);
  return program;
}

test.each(made().commands.map((command) => ({ name: command.name(), command })))(
  'the help of $name has examples that can be typed',
  ({ name, command }) => {
    let help = '';
    command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
    const lines = [...(help.split('\nExamples:\n')[1] ?? '').matchAll(/^ {2}tidegate ([^#\n]+)/gm)];
    expect(lines.length).toBeGreaterThan(0);
    for (const [, line = ''] of lines) {
      const words = line.trim().split(/\s+/);
      expect(words[0]).toBe(name);
      expect(() => made().parse(words, { from: 'user' })).not.toThrow();
    }
  },
);
