/** `tidegate provider get NAME` and `tidegate provider models NAME`. */
import { EXIT, type CommandIO } from '../../command/io.ts';
import { showFields, showList, showValue, type OutputFormat } from '../output/output.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { priceOf, RATES, statusOf } from './describe.ts';

interface NamedOptions extends ClientFlags {
  readonly output: OutputFormat;
  readonly arguments: readonly string[];
}

export async function runProviderGet(options: NamedOptions, io: CommandIO): Promise<number> {
  const {
    output,
    arguments: [name = ''],
  } = options;
  const { gateway } = await openSession(options, io);
  const provider = await gateway.provider(name);
  if (output === 'json' || output === 'yaml') await showValue(io, output, provider);
  else if (output === 'name') io.stdout.write(`${provider.name}\n`);
  else {
    const { reason, message } = statusOf(provider);
    const fields: [string, string][] = [
      ['Name', provider.name],
      ['Namespace', provider.namespace],
      ['Display name', provider.displayName ?? ''],
      ['Type', provider.type ?? ''],
      ['Status', reason],
      ['Message', message],
      ['Authentication', provider.auth?.mode ?? ''],
      ['Models', modelNames(provider.models)],
      ['URL', provider.type === undefined ? '' : gateway.providerURL(provider)],
    ];
    showFields(
      io,
      fields.filter(([, value]) => value !== ''),
    );
  }
  return EXIT.ok;
}

export async function runProviderModels(options: NamedOptions, io: CommandIO): Promise<number> {
  const {
    output,
    arguments: [name = ''],
  } = options;
  const { gateway } = await openSession(options, io);
  const { models = [] } = await gateway.provider(name);
  await showList(io, output, models, {
    columns: [
      { title: 'MODEL', value: (model) => model.name },
      ...RATES.map(([rate, title]) => ({ title, value: (model: (typeof models)[number]) => priceOf(model, rate) })),
    ],
    nameOf: (model) => model.name,
    empty: `"${name}" allows every model of its provider`,
  });
  const isTable = output === 'table' || output === 'wide';
  if (isTable && models.length > 0)
    io.stderr.write("USD per 1,000,000 tokens; - has no price; * set by the provider's own object\n");
  return EXIT.ok;
}

function modelNames(models: readonly { readonly name: string }[] | undefined): string {
  if (models === undefined) return '';
  return models.length === 0 ? 'all models' : models.map(({ name }) => name).join(', ');
}
