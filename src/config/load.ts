/** Reads a TidegateConfiguration: pure, from text. Every problem is told with its line and column. */
import { ConfigurationError, readDocument } from './document.ts';
import type { Validator } from './document.ts';
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
  const value = readDocument(text, source, validate);
  const all = value.watchNamespaces.includes('*');
  if (all && value.watchNamespaces.length > 1) {
    throw new ConfigurationError([`${source}: watchNamespaces: "*" means all namespaces and must stand alone`]);
  }
  const problems = identityProblems(value).map((problem) => `${source}: ${problem}`);
  if (problems.length > 0) throw new ConfigurationError(problems);
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
function identityProblems({ authentication, tls }: WrittenConfiguration): readonly string[] {
  const { jwt, x509 } = authentication;
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [i, { issuer }] of jwt.entries()) {
    const { url } = issuer;
    if (seen.has(url)) problems.push(`authentication.jwt.${i}.issuer.url: "${url}" is there already: name it once`);
    seen.add(url);
  }
  if (x509 !== undefined && tls === undefined) {
    problems.push('authentication.x509: client certificates need TLS: set tls.certFile and tls.privateKeyFile');
  }
  return problems;
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
