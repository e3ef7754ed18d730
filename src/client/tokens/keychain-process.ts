/**
 * A program of its own: `read` prints what the keychain keeps for Tidegate, nothing where it keeps none; `write` keeps what
 * comes on stdin, so that it is on no command line. Status 1 and a line on stderr: the keychain cannot be asked.
 */
import { text } from 'node:stream/consumers';

try {
  // Where there is no build of it for this system, importing it fails.
  const { Entry } = await import('@napi-rs/keyring');
  // Else the kernel's keys would do, which are gone when the machine starts anew.
  const entry = new Entry('tidegate', 'token-key', { linux: { store: 'secret-service' } });
  if (process.argv[2] === 'write') entry.setPassword(await text(process.stdin));
  else process.stdout.write(entry.getPassword() ?? '');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
