import { CommandError, EXIT } from './io.ts';

/** The oldest Node.js that all dependencies run on; `engines.node` in package.json says the same. */
export const OLDEST_NODE = '22.19.0';

/** @throws {CommandError} when `version` (such as `20.11.1`) is older than {@link OLDEST_NODE} */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new CommandError(`Node.js ${OLDEST_NODE} or newer is needed, this is ${version}`, EXIT.usage);
}
