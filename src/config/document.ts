/** YAML or JSON files of ours, read by a schema. Every problem is told with its line and column. */
import type { ErrorObject } from 'ajv';
import { LineCounter, isMap, isNode, isScalar, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';

/** One or more things are wrong with a configuration file; `problems` are lines for a person, `message` joins them. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Largest configuration text that is read, in UTF-16 code units. */
const MAX_TEXT_LENGTH = 1024 * 1024;

/** A validator as it is generated; it may fill in the defaults of what it is given. */
export interface Validator<T> {
  (value: unknown): value is T;
  readonly errors: readonly ErrorObject[] | null;
}

/** Names of fields and indexes of lists that lead to a value. */
export type FieldPath = readonly (string | number)[];

export interface FieldProblem {
  /** Of the field that it is about. */
  readonly path: FieldPath;
  /** One line for a person. */
  readonly message: string;
}

/** What a schema cannot say. */
export interface DocumentRules<T> {
  /** What is wrong with a document that fits the schema. */
  readonly check?: (value: T) => readonly FieldProblem[];
  /** What to write instead, for a field that is unknown, missing or too short. */
  readonly advice?: (path: FieldPath) => string | undefined;
}

/**
 * @param text YAML or JSON, one document
 * @param source the file's name for messages
 * @throws {ConfigurationError}
 */
export function readDocument<T>(
  text: string,
  source: string,
  validate: Validator<T>,
  { check, advice }: DocumentRules<T> = {},
): T {
  if (text.length > MAX_TEXT_LENGTH) throw new ConfigurationError([`${source}: larger than 1 MiB`]);
  const lines = new LineCounter();
  // Its own look for repeated keys compares each with each: seconds for a list of some ten thousand.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${source}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map(
        (e) => `${at(e.pos[0])}: ${e.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
      ),
    );
  }
  const repeated = repeatedKeys(document).map((offset) => `${at(offset)}: Map keys must be unique`);
  if (repeated.length > 0) throw new ConfigurationError(repeated);
  const value = toValue(document, source);
  if (!validate(value)) {
    const problems = (validate.errors ?? [])
      .filter((e) => e.keyword !== 'anyOf')
      .map((e) => `${at(offsetOf(document, e))}: ${explain(e)}${adviceOn(e, advice)}`);
    throw new ConfigurationError([...new Set(problems)]);
  }
  const problems = (check?.(value) ?? []).map(
    ({ path, message }) => `${at(offsetAt(document, path))}: ${path.join('.')}: ${message}`,
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return value;
}

/** Where keys stand that their map has already. Keys that read the same are the same: `1` and `"1"`. */
function repeatedKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const text = String(key.value);
        if (seen.has(text)) offsets.push(key.range?.[0] ?? 0);
        seen.add(text);
      }
    },
  });
  return offsets;
}

/** Unresolved and excessive aliases show only here. */
function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    throw new ConfigurationError([`${source}: ${(error as Error).message}`]);
  }
}

function adviceOn(error: ErrorObject, advice: DocumentRules<unknown>['advice']): string {
  const { additionalProperty, missingProperty } = error.params as Readonly<Record<string, string>>; // by ajv's word
  const field = additionalProperty ?? missingProperty;
  const text = advice?.(field === undefined ? pathOf(error) : [...pathOf(error), field]);
  return text === undefined ? '' : `: ${text}`;
}

function pathOf(error: ErrorObject): string[] {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What each format of the schema is, for a sentence. */
const FORMATS: Readonly<Record<string, string>> = {
  cidr: 'a network in CIDR notation, such as 10.0.0.0/8',
  'dns-label': 'a name of a namespace: lower-case letters, digits and hyphens, at most 63',
  'issuer-url':
    'the URL of an issuer: begin it with https:// (http:// only for this machine), without user, query or fragment',
  'pem-certificates': 'one or more PEM certificates (-----BEGIN CERTIFICATE-----)',
  'public-url': 'a base URL: begin it with http:// or https://, without user, query or fragment',
};

function explain(error: ErrorObject): string {
  const path = pathOf(error).join('.');
  const params = error.params as Record<string, unknown>;
  const prefix = path === '' ? '' : `${path}: `;
  switch (error.keyword) {
    case 'additionalProperties':
      return `unknown field "${path === '' ? '' : `${path}.`}${String(params['additionalProperty'])}"`;
    case 'required':
      return `${prefix}missing field "${String(params['missingProperty'])}"`;
    case 'enum':
      return `${prefix}must be one of ${(params['allowedValues'] as readonly unknown[]).map((v) => JSON.stringify(v)).join(', ')}`;
    case 'format':
      return `${prefix}${quote(error.data)} is not ${FORMATS[String(params['format'])] ?? 'valid'}`;
    case 'minItems':
      return `${prefix}must not be empty`;
    case 'type':
      if (path === '' && error.data === null) return `the file is empty: it must begin with apiVersion and kind`;
      return `${prefix}${error.message ?? error.keyword}`;
    default:
      return `${prefix}${error.message ?? error.keyword}`;
  }
}

/** A value that is wrong, as far as it may be shown: it may be a key in the place of a certificate, or hold a password. */
function quote(value: unknown): string {
  const text = String(value);
  if (text.includes('PRIVATE KEY')) return 'a private key, which belongs into no configuration,';
  if (text.includes('\n') || text.length > 200) return 'this';
  return JSON.stringify(text.replace(/\/\/[^/?#]*@/, '//…@'));
}

/** Offset of what the error is about: the unknown key itself, else the value, else the start of the file. */
function offsetOf(document: Document, error: ErrorObject): number {
  const path = pathOf(error);
  const node = nodeAt(document, path);
  if (error.keyword === 'additionalProperties' && isMap(node)) {
    const key = String((error.params as Record<string, unknown>)['additionalProperty']);
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  return offsetAt(document, path);
}

/** Offset of the value at `path`; of what is nearest above it when the value is a default. */
function offsetAt(document: Document, path: FieldPath): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

function nodeAt(document: Document, path: FieldPath): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
}
