/**
 * The keychain of the system. It keeps one key, with which the files of tokens are sealed: tokens themselves are longer
 * than some keychains take.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Keychain {
  /** As people call it. */
  readonly name: string;
  /** Undefined: it keeps none yet. Rejects when it cannot be asked. */
  read(): Promise<string | undefined>;
  write(secret: string): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds: a person may have to unlock it. */
const PATIENCE_MS = 30_000;
const MAX_CHARACTERS = 4096;

const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'the macOS keychain',
  linux: 'the Secret Service',
  win32: 'the Windows Credential Manager',
};

/** That of this system; undefined where there is none. */
export function systemKeychain(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  patienceMs = PATIENCE_MS,
): Keychain | undefined {
  const name = NAMES[platform];
  if (name === undefined || env['TIDEGATE_KEYCHAIN'] === 'off') return undefined;
  // Without a session of a desktop nothing answers.
  if (platform === 'linux' && (env['DBUS_SESSION_BUS_ADDRESS'] ?? '') === '') return undefined;
  return {
    name,
    read: async () => {
      const secret = await ask('read', '', env, patienceMs);
      return secret === '' ? undefined : secret;
    },
    write: async (secret) => {
      await ask('write', secret, env, patienceMs);
    },
  };
}

/**
 * Runs keychain-process. Not here: calls of a keychain block, also the end of the process that waits for them, as long as
 * a question to unlock it is on some screen; another process can be killed.
 */
async function ask(action: 'read' | 'write', input: string, env: Environment, patienceMs: number): Promise<string> {
  const file = path.join(import.meta.dirname, `keychain-process${path.extname(import.meta.filename)}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, action], {
      env: { ...env },
      stdio: 'pipe',
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    let problem = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (problem.length < MAX_CHARACTERS) problem += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) resolve(output);
      else if (signal === 'SIGKILL') reject(new Error(`no answer within ${patienceMs / 1000} s`));
      else reject(new Error(problem.trim()));
    });
    // It may end without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
