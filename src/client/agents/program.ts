/** `tidegate run …` and `tidegate env`. */
import { Option, type Command } from 'commander';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples } from '../../command/program.ts';
import { PROVIDER_TYPES } from '../../api/provider-types.ts';
import { withGateway } from '../options.ts';
import { EFFORTS } from './efforts.ts';
import { ENV_FORMATS } from './shells.ts';

export function addAgentCommands(program: Command, io: CommandIO): void {
  const run = program.command('run').description('start a coding agent that works through the gateway');
  withExamples(run, [
    ['tidegate run claude -L team-anthropic', 'Claude Code'],
    ['tidegate run codex -L team-openai', 'Codex'],
    ['tidegate run gemini -L team-google', 'Gemini CLI'],
  ]);
  const claude = ofAgent(run, 'claude', 'Claude Code, with a provider of type Anthropic or Bedrock')
    .option('--passthrough', 'your own Claude subscription signs in; where the provider can be read, it decides')
    .option('--bedrock', 'the provider is of type Bedrock; where it can be read, it decides');
  withExamples(withGateway(claude), [
    ['tidegate run claude -L team-anthropic', 'the first model that the provider allows'],
    ['tidegate run claude -L team-anthropic -m opus', 'an alias, or the name of a model'],
    ['tidegate run claude -L own -- --continue', 'what stands after -- is for Claude Code'],
  ]).action(action(io, async () => (await import('./run.ts')).runClaude));
  const codex = ofAgent(run, 'codex', 'Codex, with a provider of type OpenAI or OpenAICompatible')
    .addOption(new Option('-e, --effort <effort>', 'how long the model thinks').choices(EFFORTS))
    .option('--no-auto-trust', 'ask before the launch directory is trusted; else Codex may write in it');
  withExamples(withGateway(codex), [
    ['tidegate run codex -L team-openai -m gpt-5 -e high', 'in a configuration home that goes when it ends'],
    ['tidegate run codex -L team-openai -- exec "fix the test"', 'without a terminal'],
  ]).action(action(io, async () => (await import('./run.ts')).runCodex));
  const gemini = ofAgent(run, 'gemini', 'Gemini CLI, with a provider of type GoogleAI');
  withExamples(withGateway(gemini), [
    ['tidegate run gemini -L team-google -m gemini-2.5-pro', 'a model of the allowlist'],
  ]).action(action(io, async () => (await import('./run.ts')).runGemini));
  addEnv(program, io);
}

function addEnv(program: Command, io: CommandIO): void {
  const command = withProvider(program.command('env').description('print the variables for any other tool'))
    .addOption(new Option('--format <format>', 'form').choices(ENV_FORMATS).default('shell'))
    .addOption(new Option('--type <type>', 'of the provider, where you may not read it').choices(PROVIDER_TYPES));
  withExamples(withGateway(command), [
    ['eval "$(tidegate env -L team-openai)"', 'sh, bash and zsh'],
    ['tidegate env -L team-openai --format fish | source', 'fish'],
    ['tidegate env -L team-openai --format json', 'for programs'],
  ]).action(action(io, async () => (await import('./env.ts')).runEnv));
}

function withProvider(command: Command): Command {
  return command.addOption(new Option('-L, --provider <provider>', 'the provider to work with').makeOptionMandatory());
}

function ofAgent(run: Command, name: string, description: string): Command {
  return withProvider(run.command(name).description(description))
    .argument('[words...]', 'those of the agent, after --')
    .option('-m, --model <model>', 'default: the first suitable one on the allowlist, else that of the agent');
}
