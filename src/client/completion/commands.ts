/** `tidegate completion SHELL`, and the hidden command that its scripts call. */
import type { Command } from 'commander';
import { EXIT, type CommandIO } from '../../command/io.ts';
import { plain } from '../output/style.ts';
import { ProfileStore } from '../profiles/store.ts';
import type { ClientFlags } from '../types.ts';
import { complete, flagsOf, type Candidate, type Dynamic } from './candidates.ts';
import { completionScript, FILES_LINE, type Shell } from './scripts.ts';

/** Milliseconds that a person waits for the names of providers after a press of a key. */
const PATIENCE_MS = 2000;

export async function runCompletion({ arguments: [shell] }: Words, io: CommandIO): Promise<number> {
  io.stdout.write(completionScript(shell as Shell, 'tidegate'));
  return EXIT.ok;
}

/** Writes a line for each word that may stand there: the word, a tab, and what it is. Never fails: a shell waits for it. */
export async function runComplete(program: Command, { arguments: words }: Words, io: CommandIO): Promise<number> {
  const { candidates, dynamic, files } = complete(program, words);
  const typed = words.at(-1) ?? '';
  const further = dynamic === undefined ? [] : await namesOf(dynamic, flagsOf(program, words), io).catch(() => []);
  // Of `--provider=op` the part before the name.
  const [before = ''] = /^--[^=]+=/.exec(typed) ?? [];
  const named = further.map(({ value, ...others }) => ({ value: before + value, ...others }));
  for (const { value, description } of [...candidates, ...named.filter((each) => each.value.startsWith(typed))]) {
    io.stdout.write(`${value}\t${description}\n`);
  }
  if (files) io.stdout.write(`${FILES_LINE}\n`);
  return EXIT.ok;
}

interface Words {
  readonly arguments: readonly string[];
}

async function namesOf(dynamic: Dynamic, flags: ClientFlags, io: CommandIO): Promise<readonly Candidate[]> {
  if (dynamic === 'profile') {
    const { profiles } = await new ProfileStore(io.env).read();
    return profiles.map(({ name, url }) => ({ value: name, description: url }));
  }
  const { openSession } = await import('../session.ts');
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const { gateway } = await openSession(flags, { ...io, signal });
  const providers = await gateway.providers();
  return providers.map(({ name, type = '' }) => ({ value: name, description: plain(type) }));
}
