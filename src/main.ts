#!/usr/bin/env node
/** Picks a command. The only place that reads argv and env; each command is loaded only when it is called. */
import path from 'node:path';
import { CommanderError } from 'commander';
import { addServerCommands } from './cli/server-commands.ts';
import { plainLines } from './client/output/style.ts';
import { addClientCommands } from './client/program.ts';
import { CommandError, EXIT, type CommandIO } from './command/io.ts';
import { endWhenUnread } from './command/outputs.ts';
import { Program, withExamples, withHelpOfSubcommands, withUsageErrors, withUsageHints } from './command/program.ts';
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

const program = new Program(isPlugin ? 'kubectl tidegate' : 'tidegate')
  .description('An LLM gateway for Kubernetes')
  .version(VERSION)
  .configureHelp({ sortOptions: true });
withUsageErrors(program);

program.commandsGroup('Commands for whoever calls a gateway:');
addClientCommands(program, io);
program.commandsGroup('Commands for whoever runs one:');
addServerCommands(program, io);
program.commandsGroup('Commands about this program:').helpCommand('help [command]', 'describe a command');
withExamples(program, [
  ['tidegate login https://llm.example.com', 'sign in'],
  ['tidegate provider list', 'what there is to call'],
  ['tidegate run claude -L team-anthropic', 'a coding agent through the gateway'],
  ['tidegate standalone --manifests examples/quickstart', 'a gateway on this machine'],
]);
withUsageHints(program);
endWhenUnread(process);

try {
  await program.parseAsync(withHelpOfSubcommands(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // its words have been written
  } else if (error instanceof CommandError) {
    process.stderr.write(`tidegate: ${plainLines(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${plainLines(error.hint)}\n`);
    process.exitCode = error.status;
  } else {
    throw error;
  }
}
if (process.exitCode === undefined) process.exitCode = EXIT.ok;
