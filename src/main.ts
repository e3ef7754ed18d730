#!/usr/bin/env node
/** Picks a command. The only place that reads argv and env; each command is loaded only when it is called. */
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { addServerCommands } from './cli/server-commands.ts';
import { addClientCommands } from './client/program.ts';
import { CommandError, EXIT, type CommandIO } from './command/io.ts';
import { VERSION } from './telemetry/version.ts';

const abort = new AbortController();
const { env } = process;
const io: CommandIO = { stdout: process.stdout, stderr: process.stderr, env, signal: abort.signal };

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (abort.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    abort.abort(signal);
  });
}

/** As what it was called: kubectl finds a plugin by the name of its file. */
const isPlugin = path.basename(process.argv[1] ?? '').startsWith('kubectl-');

const program = new Command(isPlugin ? 'kubectl tidegate' : 'tidegate')
  .description('An LLM gateway for Kubernetes')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(add --help for what there is)')
  .configureHelp({ sortOptions: true });

program.commandsGroup('Commands for whoever calls a gateway:');
addClientCommands(program, io);
program.commandsGroup('Commands for whoever runs one:');
addServerCommands(program, io);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // its words have been written
  } else if (error instanceof CommandError) {
    process.stderr.write(`tidegate: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
    process.exitCode = error.status;
  } else {
    throw error;
  }
}
if (process.exitCode === undefined) process.exitCode = EXIT.ok;
