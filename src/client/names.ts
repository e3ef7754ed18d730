/** Names of objects of Kubernetes, as people type them and gateways tell them. */
import { CommandError } from '../command/io.ts';

/** Whether no command takes it for an option, no shell for more than a word, and no URL for a step up. */
export function isObjectName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(text);
}

/** Throws a CommandError where `text` cannot be the name of a `kind`, such as `provider`. */
export function requireObjectName(kind: 'namespace' | 'provider', text: string): string {
  if (isObjectName(text)) return text;
  throw new CommandError(`${JSON.stringify(text)} cannot be the name of a ${kind}`, undefined, {
    hint: 'names are of lower-case letters, digits, "-" and ".", and begin and end with a letter or digit',
  });
}
