/**
 * The keychain of the system, through the program that comes with it. It keeps one key, with which the files of tokens are
 * sealed: tokens themselves are longer than some keychains take.
 */
import { spawn } from 'node:child_process';

export interface Keychain {
  /** As people call it. */
  readonly name: string;
  /** Undefined: it keeps none yet. Rejects when it cannot be asked. */
  read(): Promise<string | undefined>;
  write(secret: string): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const SERVICE = 'tidegate';
const ACCOUNT = 'token-key';
/** Milliseconds: a person may have to unlock it. */
const PATIENCE_MS = 60_000;
const MAX_CHARACTERS = 4096;

/** That of this system; undefined where there is none that a program can ask. */
export function systemKeychain(env: Environment, platform: NodeJS.Platform = process.platform): Keychain | undefined {
  if (env['TIDEGATE_KEYCHAIN'] === 'off') return undefined;
  if (platform === 'darwin') return macOS(env);
  // Without a session of a desktop nothing answers, and asking would start one.
  return platform === 'linux' && (env['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '' ? secretService(env) : undefined;
}

function macOS(env: Environment): Keychain {
  const item = ['-s', SERVICE, '-a', ACCOUNT];
  return {
    name: 'the macOS keychain',
    read: async () => {
      const { status, output } = await run('/usr/bin/security', ['find-generic-password', ...item, '-w'], '', env);
      return status === 0 ? output.trim() : none(status === 44, output);
    },
    write: async (secret) => {
      // Commands come on stdin: arguments can be seen by everybody on the machine.
      const line = `add-generic-password -U -s ${SERVICE} -a ${ACCOUNT} -w ${secret}\n`;
      const { status, output } = await run('/usr/bin/security', ['-i'], line, env);
      if (status !== 0) throw new Error(`security ended with status ${status}: ${output}`);
    },
  };
}

/** The Secret Service of GNOME, KDE and others. */
function secretService(env: Environment): Keychain {
  const item = ['service', SERVICE, 'account', ACCOUNT];
  return {
    name: 'the Secret Service',
    read: async () => {
      const { status, output } = await run('secret-tool', ['lookup', ...item], '', env);
      return status === 0 ? output.trim() : none(status === 1 && output === '', output);
    },
    write: async (secret) => {
      const { status, output } = await run('secret-tool', ['store', '--label=Tidegate', ...item], secret, env);
      if (status !== 0) throw new Error(`secret-tool ended with status ${status}: ${output}`);
    },
  };
}

function none(isNone: boolean, output: string): undefined {
  if (!isNone) throw new Error(output.trim() === '' ? 'it cannot be asked' : output.trim());
  return undefined;
}

interface Ended {
  readonly status: number;
  /** Of both outputs. */
  readonly output: string;
}

async function run(file: string, args: readonly string[], input: string, env: Environment): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...env }, stdio: 'pipe', timeout: PATIENCE_MS });
    let output = '';
    const take = (chunk: Buffer): void => {
      if (output.length < MAX_CHARACTERS) output += chunk.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, output }));
    // It may end without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
