/** The one control plane that all suites of a jest run share. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureControlPlane } from '../../../hack/control-plane/ensure.ts';
import { connectionVariable, missingVariable } from './connection.ts';
import { ControlPlane } from './control-plane.ts';

let shared: ControlPlane | undefined;

/**
 * Starts it and tells the suites' processes through the environment where it
 * is. Where there is none, `CI=true` makes this an error, and otherwise the
 * suites are skipped.
 */
export async function startShared(): Promise<void> {
  const binaries = await ensureControlPlane();
  if ('missing' in binaries) {
    if (process.env['CI'] === 'true') throw new Error(binaries.missing);
    process.stderr.write(`\n*** SKIPPED: suites that need a control plane. ${binaries.missing}\n\n`);
    process.env[missingVariable] = binaries.missing;
    return;
  }
  shared = await ControlPlane.start();
  const path = join(shared.details.folder, 'connection.json');
  writeFileSync(path, JSON.stringify(shared.details), { mode: 0o600 });
  process.env[connectionVariable] = path;
}

/** Ends it. */
export async function stopShared(): Promise<void> {
  await shared?.stop();
}
