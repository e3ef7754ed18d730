#!/usr/bin/env node
/** Picks a command. The only place that reads argv and env; each command is loaded only when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CommandIO } from './cli/io.ts';
import { CommandError, EXIT } from './cli/io.ts';
import { requireNode } from './cli/node-version.ts';
import { LOG_LEVELS } from './config/types.ts';
import { parseListenAddress } from './telemetry/listen-address.ts';
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

const listen = (text: string): string => {
  try {
    parseListenAddress(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** How long the process may go on when its command has ended. */
const LAST_MILLISECONDS = 1000;

/** Runs a command and turns its result into the exit status. */
function action(load: () => Promise<(options: never, io: CommandIO) => Promise<number>>) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command; // commander passes itself last
    requireNode(process.versions.node);
    const run = await load();
    process.exitCode = await run({ ...command.opts<Record<string, unknown>>(), arguments: command.args } as never, io); // each command knows its own options
    // What is still under way for nobody, a fetch of credentials for one, holds the process no longer than this.
    setTimeout(() => process.exit(), LAST_MILLISECONDS).unref();
  };
}

/** Before a serving command's own modules are loaded, see there. */
const prepareHeap = () => import('./cli/serving-heap.ts');

const config = () => new Option('--config <file>', 'TidegateConfiguration file; every field has a default');
const logLevel = () =>
  new Option('--log-level <level>', 'least severity that is logged').choices(LOG_LEVELS).env('TIDEGATE_LOG_LEVEL');
const adminListen = () =>
  new Option('--admin-listen <address>', 'where /metrics, /healthz, /readyz and /version are served')
    .default(':9090')
    .argParser(listen);
const mainListen = (value: string) =>
  new Option('--listen <address>', 'where callers connect').default(value).argParser(listen);
const namespace = () =>
  new Option('--namespace <name>', 'own namespace; default: the one of the ServiceAccount or kubeconfig').env(
    'POD_NAMESPACE',
  );
const tableSecret = () =>
  new Option('--table-secret <name>', 'Secret that holds the routing table').default('tidegate-table');

const program = new Command('tidegate')
  .description('An LLM gateway for Kubernetes')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(add --help for what there is)')
  .configureHelp({ sortOptions: true });

program
  .command('operator')
  .description('watch LLMProviders, Guardrails and Secrets, publish the routing table, write statuses')
  .addOption(config())
  .addOption(new Option('--kubeconfig <file>', 'default: the ServiceAccount of the pod').env('KUBECONFIG'))
  .addOption(namespace())
  .addOption(tableSecret())
  .addOption(
    new Option('--identity <name>', 'name in the leader election; default: host name and a random part').env(
      'POD_NAME',
    ),
  )
  .addOption(adminListen())
  .addOption(logLevel())
  .action(action(async () => (await import('./cli/operator.ts')).runOperator));

program
  .command('proxy')
  .description('serve the routing table of a cluster')
  .addOption(config())
  .addOption(mainListen(':8080'))
  .addOption(adminListen())
  .addOption(namespace())
  .addOption(tableSecret())
  .addOption(new Option('--table-dir <dir>', 'mounted copy of the table, for a start while the API server is away'))
  .addOption(
    new Option('--service-account-dir <dir>', 'where token, ca.crt and namespace of the ServiceAccount are').default(
      '/var/run/secrets/kubernetes.io/serviceaccount',
    ),
  )
  .addOption(new Option('--api-server-host <host>', 'API server').env('KUBERNETES_SERVICE_HOST'))
  .addOption(
    new Option('--api-server-port <port>', 'port of the API server').env('KUBERNETES_SERVICE_PORT').default('443'),
  )
  .addOption(new Option('--pod-name <name>', 'names the Lease; default: the host name').env('POD_NAME'))
  .addOption(new Option('--pod-uid <uid>', 'the pod that owns the Lease').env('POD_UID'))
  .addOption(logLevel())
  .action(
    action(async () => {
      await prepareHeap();
      return (await import('./cli/proxy.ts')).runProxy;
    }),
  );

program
  .command('standalone')
  .description('serve a directory of manifests, without a cluster')
  .requiredOption('--manifests <dir>', 'LLMProvider, Guardrail, Secret and RBAC manifests; changes are taken at once')
  .addOption(config())
  .addOption(mainListen('127.0.0.1:8080'))
  .addOption(adminListen().default('127.0.0.1:9090'))
  .addOption(new Option('--allow-anonymous', 'listen beyond loopback although nobody has to authenticate'))
  .addOption(logLevel())
  .action(
    action(async () => {
      await prepareHeap();
      return (await import('./cli/standalone.ts')).runStandalone;
    }),
  );

program
  .command('validate')
  .description('say what the API server and the operator would say to manifests, offline')
  .argument('<path...>', 'files or directories')
  .addOption(new Option('-o, --output <format>', 'form of the findings').choices(['text', 'json']).default('text'))
  .option('--strict', 'warnings, such as a Secret that is not among the manifests, fail too')
  .addHelpText('after', '\nExit status: 0 valid, 1 something is wrong, 2 called wrongly.')
  .action(action(async () => (await import('./cli/validate.ts')).runValidate));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // its words have been written
  } else if (error instanceof CommandError) {
    process.stderr.write(`tidegate: ${error.message}\n`);
    process.exitCode = error.status;
  } else {
    throw error;
  }
}
if (process.exitCode === undefined) process.exitCode = EXIT.ok;
