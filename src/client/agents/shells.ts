/** Variables as a shell or a program reads them. */
export const ENV_FORMATS = ['shell', 'fish', 'json'] as const;
export type EnvFormat = (typeof ENV_FORMATS)[number];

/** `shell`: POSIX (sh, bash, zsh). Ends in a line break. */
export function showVariables(format: EnvFormat, variables: Readonly<Record<string, string>>): string {
  if (format === 'json') return `${JSON.stringify(variables, undefined, 2)}\n`;
  return Object.entries(variables)
    .map(([name, value]) =>
      format === 'fish' ? `set -gx ${name} ${fishWord(value)}\n` : `export ${name}=${shellWord(value)}\n`,
    )
    .join('');
}

function shellWord(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function fishWord(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
