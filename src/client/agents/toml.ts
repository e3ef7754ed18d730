/** TOML (https://toml.io/en/v1.0.0), as much of it as a configuration of an agent needs. */

export type TOMLValue = string | number | boolean | readonly string[];

/** A table: its name in parts, none for the top, and what is in it; what is undefined is left out. */
export type TOMLTable = readonly [name: readonly string[], values: Readonly<Record<string, TOMLValue | undefined>>];

export function toTOML(tables: readonly TOMLTable[]): string {
  return tables.map(([name, values]) => heading(name) + lines(values)).join('\n');
}

function heading(name: readonly string[]): string {
  return name.length === 0 ? '' : `[${name.map(key).join('.')}]\n`;
}

function lines(values: Readonly<Record<string, TOMLValue | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : `${key(name)} = ${text(value)}\n`))
    .join('');
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : text(name);
}

function text(value: TOMLValue): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`);
  return Array.isArray(value) ? `[${value.map(text).join(', ')}]` : String(value);
}
