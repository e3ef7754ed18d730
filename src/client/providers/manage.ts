/** `tidegate provider enable|disable|delete NAME`: writes to the cluster of the kubeconfig. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import type { ClusterFlags } from '../kubernetes/cluster.ts';
import { ClusterProviders } from '../kubernetes/providers.ts';
import type { ClientFlags } from '../types.ts';

export interface ManageOptions extends ClientFlags, ClusterFlags {
  readonly arguments: readonly string[];
}

export async function runProviderEnable(options: ManageOptions, io: CommandIO): Promise<number> {
  return setEnabled(options, true, io);
}

export async function runProviderDisable(options: ManageOptions, io: CommandIO): Promise<number> {
  return setEnabled(options, false, io);
}

async function setEnabled(options: ManageOptions, enabled: boolean, io: CommandIO): Promise<number> {
  const [name = ''] = options.arguments;
  const providers = await ClusterProviders.open(options, io);
  await providers.setEnabled(name, enabled);
  io.stderr.write(
    enabled
      ? `LLMProvider "${providers.namespace}/${name}" is enabled.\n`
      : `LLMProvider "${providers.namespace}/${name}" is disabled: its callers get 403 ProviderDisabled.\n`,
  );
  return EXIT.ok;
}

export async function runProviderDelete(
  options: ManageOptions & { readonly yes?: boolean },
  io: CommandIO,
): Promise<number> {
  const [name = ''] = options.arguments;
  const isAsked = options.yes !== true;
  if (isAsked && (!process.stdin.isTTY || io.stderr.isTTY !== true)) {
    throw new CommandError(`"${name}" is not deleted: there is nobody to ask`, EXIT.usage, { hint: 'add --yes' });
  }
  const providers = await ClusterProviders.open(options, io);
  const found = await providers.get(name);
  const title = `LLMProvider "${providers.namespace}/${name}"`;
  if (isAsked && !(await confirmed(`Delete ${title} (${found.spec.type})? Its callers get 404 from then on.`))) {
    io.stderr.write(`${title} is not deleted.\n`);
    return EXIT.failure;
  }
  await providers.delete(found);
  io.stderr.write(`${title} is deleted; its Secret is left.\n`);
  return EXIT.ok;
}

async function confirmed(message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message, initialValue: false, output: process.stderr })) === true;
}
