/** `tidegate provider list`: what the caller may get. */
import { EXIT, type CommandIO } from '../../command/io.ts';
import type { ModelDocument, ProviderDocument } from '../gateway/documents.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { showList, type OutputFormat } from '../output/output.ts';
import type { Format } from '../output/style.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { summaryOfModels, statusOf } from './describe.ts';

const HINT =
  'hint: -n names another namespace; where there are some, a RoleBinding to the ClusterRole llmprovider-viewer lets you see them';

export async function runProviderList(
  options: ClientFlags & { readonly output: OutputFormat },
  io: CommandIO,
): Promise<number> {
  const { gateway, settings } = await openSession(options, io);
  const providers = await gateway.providers();
  await showList(io, options.output, providers, {
    columns: [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'TYPE', value: ({ type }) => type ?? '' },
      { title: 'STATUS', value: (provider) => statusOf(provider).reason, format: colourOf },
      { title: 'MODELS', value: ({ models }) => summaryOfModels(models) },
      { title: 'PRICED', value: ({ models }) => priced(models), wide: true },
      { title: 'AUTH', value: ({ auth }) => auth?.mode ?? '', wide: true },
      { title: 'URL', value: (provider) => urlOf(provider, gateway) },
      { title: 'MESSAGE', value: (provider) => statusOf(provider).message, wide: true },
    ],
    nameOf: ({ name }) => name,
    empty: `no providers that you may see${settings.namespace === undefined ? '' : ` in the namespace "${settings.namespace}"`}\n${HINT}`,
  });
  return EXIT.ok;
}

function colourOf(provider: ProviderDocument): Format {
  return statusOf(provider).isActive ? 'green' : provider.enabled === false ? 'dim' : 'red';
}

function urlOf(provider: ProviderDocument, gateway: Gateway): string {
  return provider.type === undefined ? '' : gateway.providerURL(provider);
}

/** How many models of the allowlist have a price. */
function priced(models: readonly ModelDocument[] | undefined): string {
  if (models === undefined || models.length === 0) return '';
  const count = models.filter(({ unpriced }) => unpriced !== true).length;
  return `${String(count)}/${String(models.length)}`;
}
