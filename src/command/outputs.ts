/** What happens when nobody takes what the process writes. */
import { EXIT } from './io.ts';

/** 128 and SIGPIPE, as with programs that the signal ends. */
const BROKEN_PIPE = 141;

type Outputs = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'exit'>;

/** Whoever reads stdout may have had enough, as `head` has: the process ends without a word. A full disk it tells. */
export function endWhenUnread({ stdout, stderr, exit }: Outputs): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') exit(BROKEN_PIPE);
    stderr.write(`tidegate: cannot write the output: ${error.message}\n`);
    exit(EXIT.failure);
  });
  // What is said to nobody harms nobody.
  stderr.on('error', () => undefined);
}

/** Resolves when all that was written is with whoever reads it: a pipe holds 64 KiB, and the rest waits in the process. */
export async function allTaken({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Promise<void> {
  await Promise.all(
    [stdout, stderr].map(
      async (output) =>
        new Promise<void>((resolve) => {
          // Where it fails, too: what then happens is decided above.
          output.write('', () => resolve());
        }),
    ),
  );
}
