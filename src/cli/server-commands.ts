/** The commands that serve, and `validate`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommandIO } from '../command/io.ts';
import { LOG_LEVELS } from '../config/types.ts';
import { parseListenAddress } from '../telemetry/listen-address.ts';
import { action } from '../command/action.ts';
import { withExamples } from '../command/program.ts';

const listen = (text: string): string => {
  try {
    parseListenAddress(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Before a serving command's own modules are loaded, see there. */
const prepareHeap = () => import('./serving-heap.ts');

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

export function addServerCommands(program: Command, io: CommandIO): void {
  const operator = program
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
    .addOption(logLevel());
  withExamples(operator, [['tidegate operator --config /etc/tidegate/config.yaml', 'as the chart starts it']]).action(
    action(io, async () => (await import('./operator.ts')).runOperator),
  );

  const proxy = program
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
    .addOption(logLevel());
  withExamples(proxy, [
    ['tidegate proxy --config /etc/tidegate/config.yaml --listen :8080', 'as the chart starts it'],
  ]).action(
    action(io, async () => {
      await prepareHeap();
      return (await import('./proxy.ts')).runProxy;
    }),
  );

  const standalone = program
    .command('standalone')
    .description('serve a directory of manifests, without a cluster')
    .requiredOption('--manifests <dir>', 'LLMProvider, Guardrail, Secret and RBAC manifests; changes are taken at once')
    .addOption(config())
    .addOption(mainListen('127.0.0.1:8080'))
    .addOption(adminListen().default('127.0.0.1:9090'))
    .addOption(new Option('--allow-anonymous', 'listen beyond loopback although nobody has to authenticate'))
    .addOption(logLevel());
  withExamples(standalone, [
    ['tidegate standalone --manifests examples/quickstart', 'on loopback, for whoever is on this machine'],
  ]).action(
    action(io, async () => {
      await prepareHeap();
      return (await import('./standalone.ts')).runStandalone;
    }),
  );

  const validate = program
    .command('validate')
    .description('say what the API server and the operator would say to manifests, offline')
    .argument('<path...>', 'files or directories')
    .addOption(new Option('-o, --output <format>', 'form of the findings').choices(['text', 'json']).default('text'))
    .option('--strict', 'warnings, such as a Secret that is not among the manifests, fail too')
    .addHelpText('after', '\nExit status: 0 valid, 1 something is wrong, 2 called wrongly.');
  withExamples(validate, [
    ['tidegate validate manifests/', 'with file, line and column'],
    ['tidegate validate --strict -o json a.yaml b.yaml', 'in CI'],
  ]).action(action(io, async () => (await import('./validate.ts')).runValidate));
}
