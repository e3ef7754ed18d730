/** `tidegate provider …`. */
import { Option, type Command } from 'commander';
import { PROVIDER_TYPES } from '../../api/provider-types.ts';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples } from '../../command/program.ts';
import { withCluster, withGateway, withOutput } from '../options.ts';
import { CLIENTS } from './snippets/types.ts';

export function addProviderCommands(program: Command, io: CommandIO): void {
  const provider = program
    .command('provider')
    .alias('providers')
    .description('look at providers, test and manage them');
  withExamples(provider, [
    ['tidegate provider list', 'which there are'],
    ['tidegate provider test openai', 'whether one works'],
    ['tidegate provider connect openai --client python', 'what a program needs to call it'],
  ]);
  addReading(provider, io);
  addTrying(provider, io);
  addManaging(provider, io);
  addCreate(provider, io);
}

function addReading(provider: Command, io: CommandIO): void {
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

function addTrying(provider: Command, io: CommandIO): void {
  const test = provider
    .command('test')
    .argument('<provider>')
    .description('have the gateway call it with its own credential')
    .option('-m, --model <model>', 'call this model, which the provider may bill; default: a call that is free')
    .option('--show-commands', 'print the same call by hand, too');
  withExamples(withOutput(withGateway(test)), [
    ['tidegate provider test openai', 'is it reachable, is its key good?'],
    ['tidegate provider test openai -m gpt-5-mini', 'does it answer with this model?'],
  ]).action(action(io, async () => (await import('./test.ts')).runProviderTest));
  const connect = provider
    .command('connect')
    .argument('<provider>')
    .description('print what a tool needs to call it')
    .addOption(new Option('-c, --client <tool>', 'default: curl').choices(CLIENTS))
    .option('-m, --model <model>', 'default: the first that is allowed');
  withExamples(withGateway(connect), [
    ['tidegate provider connect openai -c python', 'a program'],
    ['eval "$(tidegate provider connect openai)"', 'a call, at once'],
  ]).action(action(io, async () => (await import('./connect.ts')).runProviderConnect));
}

function addManaging(provider: Command, io: CommandIO): void {
  const enable = provider.command('enable').argument('<provider>').description('let callers use it, in the cluster');
  withExamples(withCluster(enable), [['tidegate provider enable openai -n team-a', '']]).action(
    action(io, async () => (await import('./manage.ts')).runProviderEnable),
  );
  const disable = provider.command('disable').argument('<provider>').description('refuse its callers, in the cluster');
  withExamples(withCluster(disable), [['tidegate provider disable openai -n team-a', '']]).action(
    action(io, async () => (await import('./manage.ts')).runProviderDisable),
  );
  const remove = provider
    .command('delete')
    .argument('<provider>')
    .description('delete it from the cluster; its Secret is left')
    .option('-y, --yes', 'ask nobody');
  withExamples(withCluster(remove), [['tidegate provider delete openai --yes', 'in a script']]).action(
    action(io, async () => (await import('./manage.ts')).runProviderDelete),
  );
}

function addCreate(provider: Command, io: CommandIO): void {
  const create = provider
    .command('create')
    .argument('[display-name]', 'its name for people')
    .description('make a new one: YAML, or with --apply in the cluster; asks for what is missing')
    .option('--name <name>', 'of the object; default: made of the display name')
    .addOption(new Option('--type <type>', 'which API it speaks').choices(PROVIDER_TYPES))
    .option('--base-url <url>', "of its API; default: the type's")
    .option('--region <region>', 'of Bedrock')
    .option('--models <model...>', 'the only ones that may be used; default: every one')
    .option('--secret <name>', 'the Secret with its key')
    .option('--secret-key <key>', "key within the Secret; default: the type's")
    .option('--secret-from-file <file>', 'have the Secret made, with the key in this file')
    .option('--secret-from-env <variable>', 'have the Secret made, with the key in this variable')
    .option('--passthrough', 'of Anthropic: callers bring their own credential')
    .option('--apply', 'create it in the cluster of the kubeconfig');
  withExamples(withCluster(create), [
    ['tidegate provider create "OpenAI for research" --type OpenAI --secret openai > openai.yaml', 'to a file'],
    ['tidegate provider create Claude --type Anthropic --secret-from-env ANTHROPIC_API_KEY --apply', 'at once'],
    ['tidegate provider create', 'asks'],
  ]).action(action(io, async () => (await import('./create/create.ts')).runProviderCreate));
}
