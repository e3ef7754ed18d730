/** Reads a TidegateConfiguration: pure, from text. Every problem is told with its line and column. */
import { readDocument } from './document.ts';
import type { FieldPath, FieldProblem, Validator } from './document.ts';
import { adviceFor } from './familiar-fields.ts';
import { validate as validateConfiguration } from './generated/validate.ts';
import { CONFIGURATION_API_VERSION, CONFIGURATION_KIND } from './schema.ts';
import type { JWTConfiguration, TidegateConfiguration, WatchNamespaces } from './types.ts';

/** As users write it; every default applied. */
type WrittenConfiguration = Omit<
  TidegateConfiguration,
  'watchNamespaces' | 'publicURL' | 'defaultNamespace' | 'authentication'
> & {
  readonly authentication: Omit<TidegateConfiguration['authentication'], 'jwt'> & {
    readonly jwt: readonly WrittenIssuer[];
  };
  readonly watchNamespaces: readonly string[];
  readonly publicURL?: string;
  readonly defaultNamespace?: string;
};

type WrittenIssuer = Omit<JWTConfiguration, 'claimMappings'> & {
  readonly claimMappings: Partial<JWTConfiguration['claimMappings']>;
};

/** Fills in the defaults of what it is given. */
const validate = validateConfiguration as Validator<WrittenConfiguration>;

/** What is written in no file: every default. */
export function defaultConfiguration(): TidegateConfiguration {
  return parseConfiguration(`{apiVersion: ${CONFIGURATION_API_VERSION}, kind: ${CONFIGURATION_KIND}}`, 'defaults');
}

/**
 * @param text YAML or JSON, one document
 * @param source the file's name for messages
 * @throws {ConfigurationError}
 */
export function parseConfiguration(text: string, source: string): TidegateConfiguration {
  const value = readDocument(text, source, validate, { check: problemsOf, advice: adviceFor });
  const { apiVersion: _apiVersion, kind: _kind, ...written } = value as WrittenConfiguration & Record<string, unknown>;
  return {
    ...written,
    publicURL: value.publicURL?.replace(/\/+$/, ''),
    defaultNamespace: value.defaultNamespace,
    watchNamespaces: watchNamespaces(value.watchNamespaces),
    authentication: { ...value.authentication, jwt: value.authentication.jwt.map(withUsername) },
  };
}

/** What a schema cannot say. */
function problemsOf({ watchNamespaces, authentication, tls }: WrittenConfiguration): readonly FieldProblem[] {
  const { jwt, x509 } = authentication;
  const problems = issuerProblems(jwt);
  if (watchNamespaces.includes('*') && watchNamespaces.length > 1) {
    problems.push({ path: ['watchNamespaces'], message: '"*" means all namespaces and must stand alone' });
  }
  if (x509 === undefined) return problems;
  const path = ['authentication', 'x509'];
  if (tls === undefined) {
    problems.push({ path, message: 'client certificates need TLS: set tls.certFile and tls.privateKeyFile' });
  }
  return [
    ...problems,
    ...reservedPrefix([...path, 'usernamePrefix'], x509.usernamePrefix),
    ...reservedPrefix([...path, 'groupsPrefix'], x509.groupsPrefix),
  ];
}

function issuerProblems(jwt: readonly WrittenIssuer[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [i, { issuer, claimMappings }] of jwt.entries()) {
    const path = ['authentication', 'jwt', i];
    const { url, discoveryURL } = issuer;
    if (seen.has(url)) {
      const message = `"${url}" is there already: an issuer is named once, with all its audiences in one list`;
      problems.push({ path: [...path, 'issuer', 'url'], message });
    }
    seen.add(url);
    if (discoveryURL === url) {
      const message = 'is the whole URL of the metadata, not that of the issuer: leave it out, or add its path';
      problems.push({ path: [...path, 'issuer', 'discoveryURL'], message });
    }
    for (const name of ['username', 'groups'] as const) {
      problems.push(...reservedPrefix([...path, 'claimMappings', name, 'prefix'], claimMappings[name]?.prefix));
    }
  }
  return problems;
}

/** With such a prefix nobody could get in: what issuers say may not name the users and groups of Kubernetes itself. */
function reservedPrefix(path: FieldPath, prefix = ''): readonly FieldProblem[] {
  if (!prefix.startsWith('system:')) return [];
  return [{ path, message: 'must not begin with "system:", which Kubernetes keeps for its own users and groups' }];
}

/** The API server's own default of old: users of different issuers stay apart, and none can pass for a ServiceAccount. */
function withUsername(written: WrittenIssuer): JWTConfiguration {
  const username = written.claimMappings.username ?? { claim: 'sub', prefix: `${written.issuer.url}#` };
  return { ...written, claimMappings: { ...written.claimMappings, username } };
}

function watchNamespaces(names: readonly string[]): WatchNamespaces {
  if (names.length === 0) return { kind: 'Own' };
  return names.includes('*') ? { kind: 'All' } : { kind: 'List', names: names.toSorted() };
}
