/**
 * JSON Schema of TidegateConfiguration as users write it. Every field has a description, bounds and a default that is
 * safe in production; `load.ts` applies it. Kept in code so that the schema, the defaults and the types stand together.
 */
import { LOG_LEVELS } from './types.ts';

export const CONFIGURATION_API_VERSION = 'config.tidegate.io/v1alpha1';
export const CONFIGURATION_KIND = 'TidegateConfiguration';

const object = (description: string, properties: Record<string, unknown>) => ({
  type: 'object',
  description,
  additionalProperties: false,
  default: {},
  properties,
});

const integer = (description: string, minimum: number, maximum: number, value: number) => ({
  type: 'integer',
  description,
  minimum,
  maximum,
  default: value,
});

const MIB = 1024 * 1024;
const DAY_SECONDS = 86_400;

/** Link-local networks and the metadata addresses of the large clouds. */
export const DEFAULT_DENIED_CIDRS = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
];

export const configurationSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind'],
  properties: {
    apiVersion: { type: 'string', enum: [CONFIGURATION_API_VERSION] },
    kind: { type: 'string', enum: [CONFIGURATION_KIND] },
    logging: object('The process log.', {
      level: {
        type: 'string',
        enum: LOG_LEVELS,
        default: 'info',
        description: 'Least severity that is written. `--log-level` and TIDEGATE_LOG_LEVEL win over it.',
      },
    }),
    publicURL: {
      type: 'string',
      format: 'public-url',
      maxLength: 2048,
      description: 'Base URL of the gateway as callers see it; makes `status.url` absolute. Default: URLs are paths.',
    },
    defaultNamespace: {
      type: 'string',
      format: 'dns-label',
      description: "Namespace that `/llm/v1/providers/<name>` means. Default: the process's own namespace.",
    },
    watchNamespaces: {
      type: 'array',
      items: { type: 'string', anyOf: [{ format: 'dns-label' }, { const: '*' }] },
      maxItems: 1000,
      uniqueItems: true,
      default: [],
      description: 'Namespaces whose providers are served. Empty: the own namespace. `["*"]`: all.',
    },
    authentication: object('Who is believed to be whom.', {
      serviceAccountTokens: object('Kubernetes ServiceAccount tokens, checked by TokenReview.', {
        enabled: { type: 'boolean', default: true, description: 'Whether they are accepted.' },
        audiences: {
          type: 'array',
          items: { type: 'string', minLength: 1, maxLength: 512 },
          maxItems: 16,
          uniqueItems: true,
          default: ['tidegate'],
          description: 'Audiences of which a token must carry one. Empty: those of the API server itself.',
        },
      }),
      graceSeconds: integer(
        'Seconds that cached verdicts (identity and permission) live on while the API server cannot be asked.',
        0,
        DAY_SECONDS,
        600,
      ),
    }),
    authorization: object('What callers may do.', {
      mode: {
        type: 'string',
        enum: ['RBAC', 'AlwaysAllow'],
        default: 'RBAC',
        description: 'RBAC asks the API server (SubjectAccessReview); AlwaysAllow lets every authenticated caller in.',
      },
    }),
    limits: object('What one process takes on.', {
      requestBytes: integer('Largest request body in bytes.', 1024, 1024 * MIB, 64 * MIB),
      bytesInFlight: integer(
        'Bytes of request bodies held in memory by all requests together.',
        1024,
        64 * 1024 * MIB,
        512 * MIB,
      ),
      openRequests: integer('Requests open at the same time.', 1, 1_000_000, 10_000),
      headerSeconds: integer('Seconds a client may take to send its request head.', 1, 600, 20),
      bodyIdleSeconds: integer(
        'Seconds without a byte of a request body after which the client is given up.',
        1,
        3600,
        60,
      ),
      keepAliveSeconds: integer('Seconds that an idle kept connection stays open.', 1, 3600, 75),
    }),
    upstream: object('The way to the providers.', {
      deniedCIDRs: {
        type: 'array',
        items: { type: 'string', format: 'cidr' },
        maxItems: 256,
        uniqueItems: true,
        default: DEFAULT_DENIED_CIDRS,
        description: 'Networks that no upstream may resolve to; checked on the resolved address at connect time.',
      },
    }),
    prices: object('What tokens cost, where that is not what the built-in catalog says.', {
      file: {
        type: 'string',
        minLength: 1,
        maxLength: 4096,
        description: 'File with a PriceList, read again when it changes. Default: none.',
      },
    }),
    shutdown: object('From SIGTERM to the end.', {
      endpointSeconds: integer('Seconds that the listener goes on so that endpoints can drain.', 0, 600, 5),
      drainSeconds: integer('Seconds that open requests may go on after that.', 0, DAY_SECONDS, 600),
    }),
  },
};
