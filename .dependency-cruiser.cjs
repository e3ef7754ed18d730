/**
 * The arrows of the house: which room under src/ may import which. A new arrow is a decision: change `rooms` here and
 * say why in the commit. hack/lint-arrows.test.ts proves that the check can fail.
 */
const rooms = {
  api: ['redacted'],
  table: ['api', 'redacted'],
  compile: ['api', 'table', 'guardrails', 'redacted'],
  providers: ['api', 'table', 'usage', 'redacted'],
  usage: ['api'],
  prices: ['api', 'table', 'usage'],
  aws: ['table', 'providers', 'redacted'],
  config: ['api'],
  telemetry: ['api', 'redacted', 'usage', 'node-http'],
  kube: ['telemetry', 'redacted', 'undici'],
  guardrails: ['api'],
  identity: ['api', 'config', 'telemetry', 'undici'],
  proxy: [
    'api',
    'table',
    'guardrails',
    'providers',
    'usage',
    'prices',
    'aws',
    'identity',
    'kube',
    'config',
    'telemetry',
    'redacted',
    'undici',
    'node-http',
  ],
  operator: ['api', 'table', 'compile', 'kube', 'config', 'telemetry', 'redacted'],
  standalone: ['api', 'table', 'compile', 'config', 'identity', 'telemetry', 'redacted'],
  command: [],
  client: ['api', 'command', 'redacted', 'telemetry'],
  cli: [
    'api',
    'command',
    'table',
    'compile',
    'kube',
    'config',
    'telemetry',
    'identity',
    'prices',
    'operator',
    'proxy',
    'standalone',
    'redacted',
  ],
};

const escape = (s) => s.replaceAll('.', '\\.');
const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-only-its-rooms`,
  comment: `src/${room} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [room, ...allowed].map((r) => `^src/${escape(r)}(/|\\.ts$)`) },
}));

const core = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: to },
});

module.exports = {
  forbidden: [
    ...roomRules,
    core(
      'pure-rooms-know-no-network',
      '^src/(api|compile|table|usage|prices|providers|guardrails)/',
      '^(node:)?(net|http|https|http2|tls|dns|fs|fs/promises|child_process)$',
      'these rooms are pure: no I/O',
    ),
    core(
      'proxy-does-not-load-client-node',
      '^src/(proxy|identity|providers|usage|table|standalone|compile|api)/',
      '@kubernetes/client-node',
      'its import costs 90 MB and 0.4 s',
    ),
    core(
      'proxy-knows-the-cluster-in-one-folder',
      '^src/proxy/(?!cluster/)',
      '^src/(kube|proxy/cluster)/',
      'requests are served without a cluster: only src/proxy/cluster/ may know one',
    ),
    {
      name: 'serving-commands-never-reach-client-node',
      comment: 'its import costs 90 MB and 0.4 s, wherever in the chain it stands',
      severity: 'error',
      from: { path: '^src/cli/(proxy|standalone)\\.ts$' },
      to: { path: '@kubernetes/client-node', reachable: true },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-tests-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(^test/|^hack/|\\.test\\.ts$)' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
  ],
  options: {
    parser: 'swc',
    // Tests are seen when product code imports them, and not parsed themselves: the parser does not know `using`.
    doNotFollow: { path: ['node_modules', '\\.test\\.ts$'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
