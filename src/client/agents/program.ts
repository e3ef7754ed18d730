/** `tidegate run …` and `tidegate env`. */
import { Option, type Command } from 'commander';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples, withGateway } from '../options.ts';

export function addAgentCommands(program: Command, io: CommandIO): void {
  const run = program.command('run').description('start a coding agent that works through the gateway');
  const claude = ofAgent(run, 'claude', 'Claude Code, with a provider of type Anthropic or Bedrock')
    .option('--passthrough', 'your own Claude subscription signs in; where the provider can be read, it decides')
    .option('--bedrock', 'the provider is of type Bedrock; where it can be read, it decides');
  withExamples(withGateway(claude), [
    ['tidegate run claude -L team-anthropic', 'the first model that the provider allows'],
    ['tidegate run claude -L team-anthropic -m opus', 'an alias, or the name of a model'],
    ['tidegate run claude -L own -- --continue', 'what stands after -- is for Claude Code'],
  ]).action(action(io, async () => (await import('./run.ts')).runClaude));
}

function ofAgent(run: Command, name: string, description: string): Command {
  return run
    .command(name)
    .description(description)
    .argument('[words...]', 'those of the agent, after --')
    .addOption(new Option('-L, --provider <provider>', 'the provider to work with').makeOptionMandatory())
    .option('-m, --model <model>', 'default: the first suitable one on the allowlist, else that of the agent');
}
