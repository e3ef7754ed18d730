/** How an agent gets a token: it runs this program again. Nothing secret is in the command. */
import path from 'node:path';
import type { ClientFlags, ClientSettings } from '../types.ts';

/** @param self the program and its first arguments, such as node and its file */
export function tokenCommand(
  self: readonly string[],
  flags: ClientFlags,
  settings: ClientSettings,
  validSeconds: number,
): readonly string[] {
  const { profile } = settings;
  return [
    ...self,
    'token',
    `--valid-seconds=${String(validSeconds)}`,
    ...(profile === undefined ? [] : [`--profile=${profile}`]),
    `--url=${settings.url}`,
    ...(flags.certificateAuthority === undefined
      ? []
      : [`--certificate-authority=${path.resolve(flags.certificateAuthority)}`]),
  ];
}

/** A command line for the shell that an agent runs its helpers in: `sh`, or `cmd` on Windows. */
export function shellCommand(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words.map((word) => quoted(word, platform)).join(' ');
}

function quoted(word: string, platform: NodeJS.Platform): string {
  if (/^[A-Za-z0-9_\-+=:,./@]+$/.test(word)) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
