/** Kubernetes' rules for names, each returning what is wrong in the API server's words; an empty list means valid. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_PART})?`;
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const LABEL_EXPRESSION = whole(LABEL);
const SUBDOMAIN_EXPRESSION = whole(SUBDOMAIN);
const QUALIFIED_PART_EXPRESSION = whole(QUALIFIED_PART);
const LABEL_VALUE_EXPRESSION = whole(LABEL_VALUE);
const CONFIG_KEY_EXPRESSION = whole(CONFIG_KEY);

const byteLength = (text: string): number => new TextEncoder().encode(text).length;
/** The server counts bytes everywhere and says so in some places. */
type Unit = 'bytes' | 'characters';
const tooLong = (text: string, limit: number, unit: Unit): string[] =>
  byteLength(text) > limit ? [`must be no more than ${limit} ${unit}`] : [];

/** RFC 1123 subdomain, at most 253 bytes: names of most objects. */
export function subdomainProblems(name: string, unit: Unit = 'characters'): string[] {
  const problems = tooLong(name, 253, unit);
  if (!SUBDOMAIN_EXPRESSION.test(name)) {
    problems.push(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        `alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
    );
  }
  return problems;
}

/** RFC 1123 label, at most 63 bytes: names of namespaces. */
export function labelProblems(name: string): string[] {
  const problems = tooLong(name, 63, 'characters');
  if (LABEL_EXPRESSION.test(name)) return problems;
  return [
    ...problems,
    SUBDOMAIN_EXPRESSION.test(name)
      ? 'must not contain dots'
      : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
        `alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
  ];
}

/** Keys of labels and annotations: an optional DNS prefix, a slash, and a name of at most 63 bytes. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/');
  const shape = `regex used for validation is '${QUALIFIED_PART}'`;
  const rule = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
  const examples = "e.g. 'MyName',  or 'my.name',  or '123-abc'";
  if (parts.length > 2) {
    return [
      `a valid label key ${rule} (${examples}, ${shape}) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainProblems(prefix, 'bytes').map((problem) => `prefix part ${problem}`));
  }
  const name = parts.at(-1) ?? '';
  if (name === '') problems.push('name part must be non-empty');
  problems.push(...tooLong(name, 63, 'bytes').map((problem) => `name part ${problem}`));
  if (!QUALIFIED_PART_EXPRESSION.test(name)) problems.push(`name part ${rule} (${examples}, ${shape})`);
  return problems;
}

export function labelValueProblems(value: string): string[] {
  const problems = tooLong(value, 63, 'bytes');
  if (!LABEL_VALUE_EXPRESSION.test(value)) {
    problems.push(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
        `alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`,
    );
  }
  return problems;
}

/** Names of roles and bindings: whatever may be one segment of a URL's path. */
export function pathSegmentProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`);
}

/** Keys of Secrets and ConfigMaps. */
export function configKeyProblems(key: string): string[] {
  const problems = tooLong(key, 253, 'characters');
  if (!CONFIG_KEY_EXPRESSION.test(key)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
        `(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${CONFIG_KEY}')`,
    );
  }
  if (key === '.') problems.push("must not be '.'");
  if (key === '..') problems.push("must not be '..'");
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}
