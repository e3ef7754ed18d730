/** Reads a TidegateConfiguration: pure, from text. Every problem is told with its line and column. */
import { ConfigurationError, readDocument } from './document.ts';
import type { Validator } from './document.ts';
import { validate as validateConfiguration } from './generated/validate.ts';
import { CONFIGURATION_API_VERSION, CONFIGURATION_KIND } from './schema.ts';
import type { TidegateConfiguration, WatchNamespaces } from './types.ts';

/** As users write it; every default applied. */
type WrittenConfiguration = Omit<TidegateConfiguration, 'watchNamespaces' | 'publicURL' | 'defaultNamespace'> & {
  readonly watchNamespaces: readonly string[];
  readonly publicURL?: string;
  readonly defaultNamespace?: string;
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
  const { apiVersion: _apiVersion, kind: _kind, ...written } = value as WrittenConfiguration & Record<string, unknown>;
  return {
    ...written,
    publicURL: value.publicURL?.replace(/\/+$/, ''),
    defaultNamespace: value.defaultNamespace,
    watchNamespaces: watchNamespaces(value.watchNamespaces),
  };
}

function watchNamespaces(names: readonly string[]): WatchNamespaces {
  if (names.length === 0) return { kind: 'Own' };
  return names.includes('*') ? { kind: 'All' } : { kind: 'List', names: names.toSorted() };
}
