import { rootCertificates } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigurationError } from './document.ts';
import { defaultConfiguration, parseConfiguration } from './load.ts';

const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n';
const problemsOf = (text: string): readonly string[] => {
  try {
    parseConfiguration(text, 'config.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

/** A configuration with one issuer, of which `fields` are given beside URL and audiences. */
const issuer = (fields = ''): string => `${head}authentication:
  jwt:
    - issuer:
        url: https://id.example.com
        audiences: [tidegate]
${fields}`;

describe('TidegateConfiguration', () => {
  test('has a production-safe default for every field', () => {
    expect(defaultConfiguration()).toMatchObject({
      logging: { level: 'info' },
      publicURL: undefined,
      watchNamespaces: { kind: 'Own' },
      authentication: { serviceAccountTokens: { enabled: true, audiences: ['tidegate'] } },
      authorization: { mode: 'RBAC' },
      limits: { requestBytes: 67_108_864 },
      shutdown: { drainSeconds: 600 },
    });
    expect(defaultConfiguration().upstream.deniedCIDRs).toContain('169.254.0.0/16');
  });

  test('takes over what is written and keeps the other defaults', () => {
    const config = parseConfiguration(
      `${head}publicURL: https://llm.example.com/\nlimits:\n  openRequests: 7\nwatchNamespaces: [b, a]\n`,
      'config.yaml',
    );
    expect(config.publicURL).toBe('https://llm.example.com');
    expect(config.limits).toMatchObject({ openRequests: 7, headerSeconds: 20 });
    expect(config.watchNamespaces).toEqual({ kind: 'List', names: ['a', 'b'] });
  });

  test('"*" watches all namespaces', () => {
    expect(parseConfiguration(`${head}watchNamespaces: ["*"]\n`, 'c').watchNamespaces).toEqual({ kind: 'All' });
  });

  test.each([
    ['an unknown field', `${head}limits:\n  requestByte: 1\n`, 'config.yaml:4:3: unknown field "limits.requestByte"'],
    ['an unknown top-level field', `${head}secret: x\n`, 'config.yaml:3:1: unknown field "secret"'],
    [
      'a wrong type',
      `${head}limits:\n  openRequests: many\n`,
      'config.yaml:4:17: limits.openRequests: must be integer',
    ],
    [
      'a value out of bounds',
      `${head}limits: {openRequests: 0}\n`,
      'config.yaml:3:24: limits.openRequests: must be >= 1',
    ],
    [
      'a wrong enum value',
      `${head}authorization: {mode: Open}\n`,
      'config.yaml:3:23: authorization.mode: must be one of "RBAC", "AlwaysAllow"',
    ],
    [
      'a bad CIDR',
      `${head}upstream: {deniedCIDRs: [10.0.0.0/33]}\n`,
      'config.yaml:3:26: upstream.deniedCIDRs.0: "10.0.0.0/33" is not a network in CIDR notation, such as 10.0.0.0/8',
    ],
    [
      'a bad URL',
      `${head}publicURL: ftp://x\n`,
      'config.yaml:3:12: publicURL: "ftp://x" is not a base URL: begin it with http:// or https://, without user, query or fragment',
    ],
    [
      'a foreign version',
      'apiVersion: v1\nkind: TidegateConfiguration\n',
      'config.yaml:1:13: apiVersion: must be one of "config.tidegate.io/v1alpha1"',
    ],
    ['a missing kind', 'apiVersion: config.tidegate.io/v1alpha1\n', 'config.yaml:1:1: missing field "kind"'],
    ['a repeated key', `${head}logging: {}\nlogging: {}\n`, 'config.yaml:4:1: Map keys must be unique'],
    [
      'all and some namespaces',
      `${head}watchNamespaces: ["*", a]\n`,
      'config.yaml:3:18: watchNamespaces: "*" means all namespaces and must stand alone',
    ],
    [
      'an alias to nothing',
      `${head}logging: *x\n`,
      'config.yaml: Unresolved alias (the anchor must be set before the alias): x',
    ],
    ['an empty file', '', 'config.yaml:1:1: the file is empty: it must begin with apiVersion and kind'],
    ['a text that is no object', 'just text', 'config.yaml:1:1: must be object'],
  ])('refuses %s with its place', (_name, text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  test.each(['constructor', '__proto__', 'toString'])('refuses a field named %s like any other', (name) => {
    expect(problemsOf(`${head}${name}: {}\n`)).toEqual([`config.yaml:3:1: unknown field "${name}"`]);
  });

  test('never answers arbitrary text with anything but a configuration or a ConfigurationError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((j) => head + j),
          fc.json().map((j) => `${head}authentication: {jwt: [${j}]}\n`),
          fc
            .string()
            .map((s) => `${head}authentication: {jwt: [{issuer: {url: ${JSON.stringify(s)}, audiences: [a]}}]}\n`),
          fc.string().map((s) => issuer(`        certificateAuthority: ${JSON.stringify(s)}\n`)),
        ),
        (text) => {
          problemsOf(text);
        },
      ),
    );
  });
});

describe('authentication.jwt', () => {
  test('takes an issuer with no more than URL and audiences: users are told apart by issuer, ID tokens are not taken', () => {
    expect(parseConfiguration(issuer(), 'c').authentication.jwt).toEqual([
      {
        issuer: { url: 'https://id.example.com', audiences: ['tidegate'], audienceMatchPolicy: 'MatchAny' },
        tokenTypes: ['AccessToken'],
        claimMappings: { username: { claim: 'sub', prefix: 'https://id.example.com#' } },
        claimValidationRules: [],
      },
    ]);
  });

  test('takes a client with which people sign in, and asks for what keeps them signed in', () => {
    const [taken] = parseConfiguration(issuer('      login: {clientID: tidegate-cli}\n'), 'c').authentication.jwt;
    expect(taken?.login).toEqual({ clientID: 'tidegate-cli', scopes: ['openid', 'offline_access'] });
  });

  test.each([
    ['no client', '{scopes: [openid]}'],
    ['an empty client', '{clientID: ""}'],
    ['a secret, which would be told to everybody', '{clientID: a, clientSecret: not-a-secret}'],
    ['scopes that are one text', '{clientID: a, scopes: openid profile}'],
    ['a scope with a space', '{clientID: a, scopes: ["openid profile"]}'],
    ['no scope', '{clientID: a, scopes: []}'],
  ])('refuses a login with %s', (_name, login) => {
    expect(problemsOf(issuer(`      login: ${login}\n`))).toEqual([
      expect.stringMatching(/^config\.yaml:\d+:\d+: .*authentication\.jwt\.0\.login/),
    ]);
  });

  test('takes everything that it has in common with the AuthenticationConfiguration of the API server', () => {
    const text = issuer(`        discoveryURL: https://10.0.0.1/realms/x/.well-known/openid-configuration
        audienceMatchPolicy: MatchAny
        certificateAuthority: ${JSON.stringify(rootCertificates[0])}
      claimMappings:
        username: {claim: email, prefix: ""}
        groups: {claim: realm_access.roles, prefix: "kc:"}
        agent: {claim: azp}
      claimValidationRules:
        - {claim: hd, requiredValue: example.com}
`);
    expect(parseConfiguration(text, 'c').authentication.jwt[0]).toMatchObject({
      issuer: { certificateAuthority: rootCertificates[0] },
      claimMappings: {
        username: { claim: 'email', prefix: '' },
        groups: { claim: 'realm_access.roles', prefix: 'kc:' },
        agent: { claim: 'azp' },
      },
      claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
    });
  });

  test.each([
    'https://id.example.com/realms/a',
    'https://[2001:db8::1]:8443/',
    'http://localhost:3000',
    'http://127.0.0.2:3000/oidc',
    'http://[::1]:3000',
  ])('takes the issuer %s', (url) => {
    const text = `${head}authentication: {jwt: [{issuer: {url: ${JSON.stringify(url)}, audiences: [a]}}]}\n`;
    expect(problemsOf(text)).toEqual([]);
  });

  test.each([
    'http://id.example.com',
    'http://127.id.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://id.example.com',
    'https://id.example.com/?tenant=a',
    'https://id.example.com/#a',
    'id.example.com',
    '',
  ])('refuses the issuer "%s": its keys could come from anybody', (url) => {
    const text = `${head}authentication: {jwt: [{issuer: {url: ${JSON.stringify(url)}, audiences: [a]}}]}\n`;
    expect(problemsOf(text)).toEqual([
      `config.yaml:3:39: authentication.jwt.0.issuer.url: ${JSON.stringify(url)} is not the URL of an issuer: begin it with https:// (http:// only for this machine), without user, query or fragment`,
    ]);
  });

  test('does not repeat a password that somebody wrote into a URL', () => {
    const problems = problemsOf(
      `${head}authentication: {jwt: [{issuer: {url: "https://me:hunter2@id.example.com", audiences: [a]}}]}\n`,
    );
    expect(problems[0]).toMatch(/"https:\/\/…@id\.example\.com" is not the URL of an issuer/);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  test('refuses a private key in the place of a certificate without repeating it', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    for (const pem of [key, `${rootCertificates[0]}\n${key}`]) {
      const problems = problemsOf(issuer(`        certificateAuthority: ${JSON.stringify(pem)}\n`));
      expect(problems).toEqual([
        'config.yaml:8:31: authentication.jwt.0.issuer.certificateAuthority: a private key, which belongs into no configuration, is not one or more PEM certificates (-----BEGIN CERTIFICATE-----)',
      ]);
    }
  });

  test.each(['', 'not PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'refuses %j as a certificate',
    (pem) => {
      expect(problemsOf(issuer(`        certificateAuthority: ${JSON.stringify(pem)}\n`))).toEqual([
        expect.stringMatching(/^config\.yaml:8:31: .* is not one or more PEM certificates/),
      ]);
    },
  );

  test('says what is wrong in every place of several', () => {
    expect(
      problemsOf(`${head}authentication:
  jwt:
    - issuer: {url: https://a.example.com, audiences: []}
    - issuer: {url: https://b.example.com}
`),
    ).toEqual([
      'config.yaml:5:55: authentication.jwt.0.issuer.audiences: must not be empty: name at least one, and have tokens issued for it: others of the same issuer must not pass here',
      'config.yaml:6:15: authentication.jwt.1.issuer: missing field "audiences": name at least one, and have tokens issued for it: others of the same issuer must not pass here',
    ]);
  });

  test.each([
    [
      'an issuer twice',
      '    - issuer: {url: https://id.example.com, audiences: [b]}\n',
      '8:21',
      'with all its audiences in one list',
    ],
    [
      'the issuer as discovery URL',
      '        discoveryURL: https://id.example.com\n',
      '8:23',
      'is the whole URL of the metadata',
    ],
    [
      'a username prefix that nobody may have',
      '      claimMappings: {username: {claim: sub, prefix: "system:"}}\n',
      '8:54',
      'must not begin with "system:"',
    ],
    [
      'a groups prefix that nobody may have',
      '      claimMappings: {groups: {claim: g, prefix: "system:x:"}}\n',
      '8:50',
      'must not begin with "system:"',
    ],
  ])('refuses %s', (_name, fields, place, problem) => {
    expect(problemsOf(issuer(fields))).toEqual([expect.stringContaining(problem)]);
    expect(problemsOf(issuer(fields))[0]).toMatch(new RegExp(`^config\\.yaml:${place}: authentication\\.jwt\\.`));
  });

  test.each([
    ['claimMappings: {username: {expression: claims.sub}}', 'name the `claim`'],
    ['claimMappings: {groups: {claim: g, prefix: "", expression: claims.g}}', 'name the `claim`'],
    ['claimMappings: {username: {claim: sub}}', 'missing field "prefix": write "" for none'],
    ['claimMappings: {uid: {claim: sub}}', 'permissions are given to the username and the groups alone'],
    ['claimMappings: {extra: []}', 'permissions are given to the username and the groups alone'],
    ['claimValidationRules: [{expression: "true", message: no}]', 'write `claim` and `requiredValue`'],
    ['userValidationRules: [{expression: "true"}]', 'use `claimValidationRules`'],
  ])('says what to write instead to who knows the API server: %s', (field, advice) => {
    expect(problemsOf(issuer(`      ${field}\n`))).toContainEqual(expect.stringContaining(advice));
  });
});

describe('authentication.x509', () => {
  const tls = 'tls: {certFile: /tls/tls.crt, privateKeyFile: /tls/tls.key}\n';

  test('takes the names of a certificate as they are', () => {
    const text = `${head}${tls}authentication: {x509: {clientCAFile: /tls/ca.crt}}\n`;
    expect(parseConfiguration(text, 'c')).toMatchObject({
      tls: { minVersion: 'VersionTLS12' },
      authentication: { x509: { clientCAFile: '/tls/ca.crt', usernamePrefix: '', groupsPrefix: '' } },
    });
  });

  test('is refused without TLS, and with a prefix that nobody may have', () => {
    expect(problemsOf(`${head}authentication: {x509: {clientCAFile: /tls/ca.crt}}\n`)).toEqual([
      'config.yaml:3:24: authentication.x509: client certificates need TLS: set tls.certFile and tls.privateKeyFile',
    ]);
    const prefix = 'authentication: {x509: {clientCAFile: /tls/ca.crt, usernamePrefix: "system:node:"}}\n';
    expect(problemsOf(`${head}${tls}${prefix}`)).toEqual([
      expect.stringMatching(/^config\.yaml:4:68: authentication\.x509\.usernamePrefix: must not begin with "system:"/),
    ]);
  });
});
