/** From a command line to a command and its exit status. */
import type { Command } from 'commander';
import type { CommandIO } from './io.ts';
import { requireNode } from './node-version.ts';
import { allTaken } from './outputs.ts';

/** What a command's own modules export. It knows its own options; `arguments` are the words that are no options. */
export type Runner = (options: never, io: CommandIO) => Promise<number>;

/** How long the process may go on when its command has ended and its words have been taken. */
const LAST_MILLISECONDS = 1000;

/** Loads the modules of a command only when it is called, runs it and turns its result into the exit status. */
export function action(io: CommandIO, load: () => Promise<Runner>) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command; // commander passes itself last
    requireNode(process.versions.node);
    const run = await load();
    const options = { ...command.optsWithGlobals<Record<string, unknown>>(), arguments: command.args };
    try {
      process.exitCode = await run(options as never, io);
    } finally {
      // A pager takes a page, and the rest when its reader has read that.
      await allTaken(process);
      // What is still under way for nobody, a fetch of credentials for one, holds the process no longer than this.
      setTimeout(() => process.exit(), LAST_MILLISECONDS).unref();
    }
  };
}
