/** Values within the languages of the snippets. Names of models may hold quotes and dollar signs. */

/** One word of a POSIX shell. */
export function shell(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string of JavaScript, Python, TOML and YAML alike. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The lines that come before a program that reads `TIDEGATE_TOKEN`. */
export function run(command: string, tokenCommand: string | undefined): string {
  return tokenCommand === undefined ? command : `TIDEGATE_TOKEN="$(${tokenCommand})" ${command}`;
}
