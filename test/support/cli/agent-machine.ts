/** A machine with a coding agent on its PATH, which tells nobody anything but its provider. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledAgent } from '../agents/install.ts';
import { Machine } from './machine.ts';

/** No telemetry, no updates; whatever an agent tries all the same leads nowhere. */
const QUIET = {
  DISABLE_TELEMETRY: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_MAX_RETRIES: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  GEMINI_CLI_TRUST_WORKSPACE: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:1',
  NO_PROXY: '127.0.0.1',
};

/** @param entry file of the agent's package that node runs */
export function machineWith(
  command: string,
  agent: InstalledAgent,
  entry: string,
  env: Readonly<Record<string, string>>,
): Machine {
  const machine = new Machine({ ...QUIET, ...env });
  putOnPath(machine, command, agent.file(entry));
  machine.env['PATH'] = `${join(machine.home, 'bin')}:${machine.env['PATH'] ?? ''}`;
  machine.env['TMPDIR'] = machine.home;
  return machine;
}

/** @param file that node runs */
export function putOnPath(machine: Machine, command: string, file: string): void {
  machine.write(`bin/${command}`, `#!/bin/sh\nexec "${process.execPath}" "${file}" "$@"\n`, 0o755);
}

/** Throw-away directories of sessions on this machine. */
export function sessionHomes(machine: Machine): readonly string[] {
  try {
    return readdirSync(join(machine.home, '.local/state/tidegate/sessions'));
  } catch {
    return [];
  }
}

/** Command lines of all processes whose environment says that they are of this machine. */
export function commandLines(machine: Machine): readonly string[] {
  return processes(machine).map(({ commandLine }) => commandLine);
}

export interface MachineProcess {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
}

export function processes(machine: Machine): readonly MachineProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`HOME=${machine.home}`)) return [];
        const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const parent = Number(/^PPid:\s*([0-9]+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
        return [{ pid: Number(name), parent, commandLine }];
      } catch {
        return []; // it has ended
      }
    });
}
