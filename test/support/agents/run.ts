/** Runs a command-line agent without a terminal, in a home of its own, with nothing of the environment around it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How an agent is run. */
export interface AgentRun {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables beside `HOME`, `PATH` and `TMPDIR`. */
  readonly env: Readonly<Record<string, string>>;
  /** Called with the agent's home, which is also where it works, before it starts. */
  readonly prepare?: (home: string) => void;
  /** Called with the agent's home when it is over, before that is removed. */
  readonly inspect?: (home: string) => void;
}

/** How it ended. */
export interface AgentOutcome {
  /** Undefined: it was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an agent may take at most; a ceiling for a busy machine. */
const TIMEOUT_MILLISECONDS = 110_000;

/** Resolves when it is over, however it ended. */
export async function runAgent(run: AgentRun): Promise<AgentOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'tidegate-agent-'));
  try {
    run.prepare?.(home);
    const outcome = await new Promise<AgentOutcome>((resolve) => {
      const options = {
        cwd: home,
        env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, ...run.env },
        timeout: TIMEOUT_MILLISECONDS,
        maxBuffer: 16 * 1024 * 1024,
      };
      const child = execFile(run.command, [...run.args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.end();
    });
    run.inspect?.(home);
    return outcome;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
