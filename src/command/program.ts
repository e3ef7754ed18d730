/** How commands speak of their own usage. */
import { Command } from 'commander';

/** A command and its subcommands. Whoever names no subcommand asks what there is, and has done nothing wrong. */
export class Program extends Command {
  override createCommand(name?: string): Program {
    return new Program(name);
  }

  override help(): never {
    return super.help();
  }
}

/** Lines that begin with a command, and what it is for, under the help of a command. */
export function withExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => (what === '' ? `  ${line}` : `  ${line.padEnd(width)}   # ${what}`));
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Mistakes on the command line are told as other errors are: what is wrong, and what to do. */
export function withUsageErrors(program: Command): Command {
  return program
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'tidegate: ')) });
}

/** For when all commands are there. */
export function withUsageHints(command: Command, path = command.name()): void {
  command.showHelpAfterError(`hint: ${path} --help`);
  for (const each of command.commands) withUsageHints(each, `${path} ${each.name()}`);
}

/** `help a b` describes the command `a b`, not `a`. */
export function withHelpOfSubcommands(words: readonly string[]): readonly string[] {
  const [first, ...path] = words;
  return first === 'help' && path.length > 1 ? [...path, '--help'] : words;
}
