/** Options that many commands have. */
import { Option, type Command } from 'commander';
import { OUTPUT_FORMATS, type OutputFormat } from './output/formats.ts';

/** Says which gateway is meant, and where its providers are. */
export function withGateway(command: Command): Command {
  return withAddress(command).option(
    '-n, --namespace <name>',
    'namespace of providers; default: TIDEGATE_NAMESPACE, else that of the profile',
  );
}

/** Says which gateway is meant. */
export function withAddress(command: Command): Command {
  return command
    .option('--url <url>', 'the gateway; default: TIDEGATE_URL, else that of the profile')
    .option('--profile <name>', 'default: TIDEGATE_PROFILE, else the current one')
    .option('--certificate-authority <file>', 'CA of the gateway, PEM');
}

/** Says which cluster is meant. */
export function withCluster(command: Command): Command {
  return command
    .option('-n, --namespace <name>', "default: TIDEGATE_NAMESPACE, the profile's, that of the context")
    .option('--kubeconfig <file>', "default: kubectl's own search")
    .option('--context <name>', 'default: the current one');
}

export function withOutput(command: Command, formats: readonly OutputFormat[] = OUTPUT_FORMATS): Command {
  return command.addOption(new Option('-o, --output <format>', 'form').choices(formats).default('table'));
}
