/** `tidegate provider …`. */
import type { Command } from 'commander';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples, withGateway, withOutput } from '../options.ts';

export function addProviderCommands(program: Command, io: CommandIO): void {
  const provider = program
    .command('provider')
    .alias('providers')
    .description('look at providers, test and manage them');
  const list = provider.command('list').alias('ls').description('list those that you may see');
  withExamples(withOutput(withGateway(list)), [
    ['tidegate provider list', 'name, type, status, models and URL'],
    ['tidegate provider list -o wide', 'with prices, authentication and messages'],
  ]).action(action(io, async () => (await import('./list.ts')).runProviderList));
  const get = provider.command('get').argument('<provider>').description('describe one');
  withExamples(withOutput(withGateway(get)), [
    ['tidegate provider get openai -o yaml', 'all that the gateway tells'],
  ]).action(action(io, async () => (await import('./get.ts')).runProviderGet));
  const models = provider.command('models').argument('<provider>').description('its models, and what they cost');
  withExamples(withOutput(withGateway(models)), [['tidegate provider models openai', 'USD per million tokens']]).action(
    action(io, async () => (await import('./get.ts')).runProviderModels),
  );
}
