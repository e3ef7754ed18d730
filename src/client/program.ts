/** The commands for whoever calls a gateway. Each loads its own modules when it is called, and no sooner. */
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { action } from '../command/action.ts';
import type { CommandIO } from '../command/io.ts';
import { withExamples } from '../command/program.ts';
import { addAgentCommands } from './agents/program.ts';
import { COMPLETE_COMMAND, SHELLS } from './completion/scripts.ts';
import { addExplain } from './explain/program.ts';
import { addLoginCommands } from './login/program.ts';
import { withAddress, withOutput } from './options.ts';
import { addProviderCommands } from './providers/program.ts';

export function addClientCommands(program: Command, io: CommandIO): void {
  addLoginCommands(program, io);
  addWhoami(program, io);
  addToken(program, io);
  addProfile(program, io);
  addProviderCommands(program, io);
  addAgentCommands(program, io);
  addExplain(program, io);
  program.commandsGroup('Commands about this program:');
  addVersion(program, io);
  addCompletion(program, io);
}

function addWhoami(program: Command, io: CommandIO): void {
  const command = program.command('whoami').description('who the gateway takes you for');
  withExamples(withOutput(withAddress(command), ['table', 'json', 'yaml', 'name']), [
    ['tidegate whoami', 'user and groups, as RBAC knows them'],
    ['tidegate whoami -o name', 'the user alone'],
  ]).action(action(io, async () => (await import('./commands/whoami.ts')).runWhoami));
}

function addToken(program: Command, io: CommandIO): void {
  const command = program
    .command('token')
    .description('print a fresh token for the gateway')
    .addOption(
      new Option(
        '--service-account <namespace/name>',
        'of this ServiceAccount, asked from the cluster of the kubeconfig',
      ),
    )
    .addOption(new Option('--audience <audience>', 'with --service-account; default: what the gateway accepts'))
    .addOption(new Option('--kubeconfig <file>', "with --service-account; default: kubectl's own search"))
    .addOption(new Option('--context <name>', 'with --service-account; default: the current one'))
    .addOption(
      new Option('--valid-seconds <n>', 'refresh it unless it is good for so long').argParser(seconds).default(60),
    );
  withExamples(withAddress(command), [
    ['curl -H "Authorization: Bearer $(tidegate token)" …', 'call the gateway by hand'],
    ['tidegate token --service-account team-a/ci', 'call it as a program would'],
  ]).action(action(io, async () => (await import('./commands/token.ts')).runToken));
}

function seconds(text: string): number {
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of seconds.');
}

function addProfile(program: Command, io: CommandIO): void {
  const profile = program.command('profile').description('the gateways that this machine knows');
  withExamples(profile, [['tidegate profile list', 'which there are']]);
  const list = profile.command('list').alias('ls').description('list them');
  withExamples(withOutput(list), [['tidegate profile list -o wide', 'with issuers']]).action(
    action(io, async () => (await import('./commands/profile.ts')).runProfileList),
  );
  const use = profile.command('use').argument('<profile>').description('make one the current one');
  withExamples(use, [['tidegate profile use llm.example.com', '']]).action(
    action(io, async () => (await import('./commands/profile.ts')).runProfileUse),
  );
  const remove = profile.command('delete').argument('<profile>').description('forget one, and its sign-in');
  withExamples(remove, [['tidegate profile delete llm.example.com', '']]).action(
    action(io, async () => (await import('./commands/profile.ts')).runProfileDelete),
  );
}

function addVersion(program: Command, io: CommandIO): void {
  const command = program
    .command('version')
    .description('version of this program, and of the gateway')
    .option('--client', 'of this program alone');
  withExamples(withOutput(withAddress(command), ['table', 'json', 'yaml']), [
    ['tidegate version', 'of both'],
    ['tidegate version --client', 'without asking a gateway'],
  ]).action(action(io, async () => (await import('./commands/version.ts')).runVersion));
}

function addCompletion(program: Command, io: CommandIO): void {
  const command = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS));
  withExamples(command, [
    ['source <(tidegate completion bash)', 'in this session'],
    ['tidegate completion zsh > "${fpath[1]}/_tidegate"', 'in every session of zsh'],
    ['tidegate completion fish | source', 'in this session of fish'],
  ]).action(action(io, async () => (await import('./completion/commands.ts')).runCompletion));
  program
    .command(COMPLETE_COMMAND, { hidden: true })
    .argument('[words...]')
    .action(
      action(io, async () => {
        const { runComplete } = await import('./completion/commands.ts');
        return (options: { readonly arguments: readonly string[] }, from) => runComplete(program, options, from);
      }),
    );
}
