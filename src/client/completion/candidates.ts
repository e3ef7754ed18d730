/** What may stand next on a command line, by what the commands say of themselves. */
import type { Argument, Command, Option } from 'commander';
import type { ClientFlags } from '../types.ts';

/** Things that only a gateway or this machine knows. */
export type Dynamic = 'provider' | 'profile';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What else may stand there. */
  readonly dynamic: Dynamic | undefined;
  /** Names of files may stand there. */
  readonly files: boolean;
}

const NOTHING: Completion = { candidates: [], dynamic: undefined, files: false };

/**
 * Which gateway, and where in it, the words of a line mean: names are completed there.
 *
 * @param words as for {@link complete}
 */
export function flagsOf(program: Command, words: readonly string[]): ClientFlags {
  const values = new Map<string, string>();
  let command = program;
  let pending: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (word === '--') break;
    const [, name = word, value] = /^(--[^=]+)=(.*)$/.exec(word) ?? [];
    if (pending !== undefined) {
      values.set(pending.attributeName(), word);
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => name === long || name === short);
      if (value !== undefined && option !== undefined) values.set(option.attributeName(), value);
      else pending = option?.required === true ? option : undefined;
    } else command = subcommand(command, word) ?? command;
  }
  const flags = ['url', 'namespace', 'profile', 'certificateAuthority'] as const;
  return Object.fromEntries(flags.flatMap((flag) => (values.has(flag) ? [[flag, values.get(flag)]] : [])));
}

function subcommand(command: Command, word: string): Command | undefined {
  return command.commands.find((each) => each.name() === word || each.aliases().includes(word));
}

/** @param words those after the program's name; the last one is being typed, and may be empty */
export function complete(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  // What comes after it belongs to another program.
  if (before.includes('--')) return { ...NOTHING, files: true };
  const { command, operands, pending } = walk(program, before);
  if (pending !== undefined) return starting(valuesOf(pending), typed);
  const assigned = /^(--[^=]+)=(.*)$/.exec(typed);
  if (assigned !== null) {
    const [, flag = '', value = ''] = assigned;
    const option = command.options.find((each) => each.long === flag);
    if (option === undefined) return NOTHING;
    const values = starting(valuesOf(option), value);
    return { ...values, candidates: values.candidates.map((each) => ({ ...each, value: `${flag}=${each.value}` })) };
  }
  if (typed.startsWith('-')) {
    const options = visible(command).map((option) => ({
      value: option.long ?? option.short ?? '',
      description: option.description,
    }));
    return starting({ ...NOTHING, candidates: options }, typed);
  }
  const subcommands = command.commands
    .filter((each) => !isHidden(each))
    .map((each) => ({ value: each.name(), description: each.description() }));
  if (subcommands.length > 0 && operands === 0) return starting({ ...NOTHING, candidates: subcommands }, typed);
  const parameters = command.registeredArguments;
  const parameter = parameters[operands] ?? parameters.findLast(({ variadic }) => variadic);
  return parameter === undefined ? NOTHING : starting(valuesOf(parameter), typed);
}

interface Walk {
  readonly command: Command;
  /** Words that are no options. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly pending: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Walk {
  let command = program;
  let operands = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      pending = option?.required === true ? option : undefined;
    } else {
      const next = subcommand(command, word);
      if (next === undefined) operands += 1;
      else {
        command = next;
        operands = 0;
      }
    }
  }
  return { command, operands, pending };
}

function visible(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function isHidden(command: Command): boolean {
  return !(command.parent?.createHelp().visibleCommands(command.parent).includes(command) ?? true);
}

const FILE = /file|dir|path/;

function valuesOf(of: Option | Argument): Completion {
  const name = 'flags' in of ? (/<([^>]+)>/.exec(of.flags)?.[1] ?? '') : of.name();
  const { argChoices } = of;
  if (argChoices !== undefined) {
    return { ...NOTHING, candidates: argChoices.map((value) => ({ value, description: '' })) };
  }
  if (name === 'provider') return { ...NOTHING, dynamic: 'provider' };
  const isProfile = 'flags' in of ? of.long === '--profile' : name === 'profile';
  return isProfile ? { ...NOTHING, dynamic: 'profile' } : { ...NOTHING, files: FILE.test(name) };
}

function starting(completion: Completion, typed: string): Completion {
  return { ...completion, candidates: completion.candidates.filter(({ value }) => value.startsWith(typed)) };
}
