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

const path = (description: string) => ({ type: 'string', minLength: 1, maxLength: 4096, description });

const claim = (description: string) => ({ type: 'string', minLength: 1, maxLength: 512, description });

const prefix = (description: string) => ({ type: 'string', maxLength: 256, description });

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

/** One of `authentication.jwt`. */
const issuerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer'],
  properties: {
    issuer: {
      type: 'object',
      description: 'Whose tokens.',
      additionalProperties: false,
      required: ['url', 'audiences'],
      properties: {
        url: {
          type: 'string',
          format: 'issuer-url',
          maxLength: 2048,
          description: 'Equal to the `iss` claim, character by character.',
        },
        discoveryURL: {
          type: 'string',
          format: 'issuer-url',
          maxLength: 2048,
          description: 'Where its metadata is. Default: `<url>/.well-known/openid-configuration`.',
        },
        audiences: {
          type: 'array',
          items: { type: 'string', minLength: 1, maxLength: 512 },
          minItems: 1,
          maxItems: 16,
          uniqueItems: true,
          description: 'Audiences of which a token must carry one.',
        },
        audienceMatchPolicy: {
          type: 'string',
          enum: ['MatchAny'],
          default: 'MatchAny',
          description: 'One of the audiences is enough.',
        },
        certificateAuthority: {
          type: 'string',
          format: 'pem-certificates',
          maxLength: 256 * 1024,
          description: "PEM certificates that the issuer's is checked against. Default: the built-in ones.",
        },
      },
    },
    tokenTypes: {
      type: 'array',
      items: { type: 'string', enum: ['AccessToken', 'IDToken'] },
      minItems: 1,
      uniqueItems: true,
      default: ['AccessToken'],
      description: 'ID tokens are made for the program that signed a person in, so they are accepted only when named.',
    },
    claimMappings: {
      type: 'object',
      description: 'Which claims tell who calls.',
      additionalProperties: false,
      default: {},
      properties: {
        username: {
          type: 'object',
          description: 'Default: the claim `sub` with the prefix `<issuer.url>#`.',
          additionalProperties: false,
          required: ['claim', 'prefix'],
          properties: {
            claim: claim('A claim with a text; when there is none of exactly this name, dots lead into objects.'),
            prefix: prefix('Put before it, so that users of different issuers stay apart. "" for none.'),
          },
        },
        groups: {
          type: 'object',
          description: 'Default: no groups.',
          additionalProperties: false,
          required: ['claim', 'prefix'],
          properties: {
            claim: claim('A claim with a text or a list of texts; dots as above.'),
            prefix: prefix('Put before every group. "" for none.'),
          },
        },
        agent: {
          type: 'object',
          description: 'The program that calls, for records. Default: `azp`, else `client_id`.',
          additionalProperties: false,
          required: ['claim'],
          properties: { claim: claim('A claim with a text; dots as above.') },
        },
      },
    },
    claimValidationRules: {
      type: 'array',
      maxItems: 32,
      default: [],
      description: 'What a token must say besides.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['claim', 'requiredValue'],
        properties: {
          claim: claim('A claim with a text; dots as above.'),
          requiredValue: { type: 'string', maxLength: 4096, description: 'What it must be.' },
        },
      },
    },
    login: {
      type: 'object',
      description:
        'How people sign in, for programs that know nothing but the URL of the gateway; it is told to everybody. Default: nothing is told.',
      additionalProperties: false,
      required: ['clientID'],
      properties: {
        clientID: {
          type: 'string',
          minLength: 1,
          maxLength: 512,
          description: 'OAuth client without a secret that is registered for people who call the gateway.',
        },
        scopes: {
          type: 'array',
          items: { type: 'string', maxLength: 512, pattern: '^[!#-\\[\\]-~]+$' },
          minItems: 1,
          maxItems: 32,
          uniqueItems: true,
          default: ['openid', 'offline_access'],
          description: 'Scopes to ask for; what makes the issuer put the audience into the token belongs here.',
        },
      },
    },
  },
};

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
    tls: {
      type: 'object',
      description: 'Of the main listener. Default: plain HTTP.',
      additionalProperties: false,
      required: ['certFile', 'privateKeyFile'],
      properties: {
        certFile: path('PEM file with the certificate and its intermediates; read again when it changes.'),
        privateKeyFile: path('PEM file with its key; read again when it changes.'),
        minVersion: {
          type: 'string',
          enum: ['VersionTLS12', 'VersionTLS13'],
          default: 'VersionTLS12',
          description: 'Oldest version of TLS that is spoken.',
        },
      },
    },
    authentication: object('Who is believed to be whom.', {
      jwt: {
        type: 'array',
        description: "Issuers whose tokens are accepted, in the shape of the API server's AuthenticationConfiguration.",
        maxItems: 64,
        default: [],
        items: issuerSchema,
      },
      x509: {
        type: 'object',
        description: 'Client certificates: CN is the user, each O a group. Needs `tls`. Default: none are asked for.',
        additionalProperties: false,
        required: ['clientCAFile'],
        properties: {
          clientCAFile: path('PEM file with the authorities that vouch for clients; read again when it changes.'),
          usernamePrefix: { ...prefix('Put before the CN.'), default: '' },
          groupsPrefix: { ...prefix('Put before every O.'), default: '' },
        },
      },
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
      keyGraceSeconds: integer(
        "Seconds that an issuer's keys live on after they should have been fetched again, while it cannot be asked.",
        0,
        7 * DAY_SECONDS,
        DAY_SECONDS,
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
        'Bytes of bodies held in memory by all requests together: requests, and answers under guardrails.',
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
    guardrails: object('What is told about guardrails.', {
      responseHeader: {
        type: 'boolean',
        default: false,
        description: 'Whether answers that a guardrail changed or blocked name it in the header x-tidegate-guardrail.',
      },
      events: {
        type: 'boolean',
        default: false,
        description:
          'Whether what each guardrail came to is logged as an event with the names of OpenTelemetry (gen_ai.guardrail.result).',
      },
    }),
    requestRecords: object('What a proxy remembers of requests that have ended (`GET /llm/v1/requests/<id>`).', {
      maxBytes: integer(
        'Bytes of memory for it, of each proxy; the oldest give way. 0: nothing is remembered.',
        0,
        1024 * MIB,
        4 * MIB,
      ),
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
