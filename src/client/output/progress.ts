/** Tells a person that something is going on. */
import type { CommandIO } from '../../command/io.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/** Shows `what` on stderr while `work` goes on, with a wheel and seconds; nothing where stderr is no terminal. */
export async function withProgress<T>(
  what: string,
  { stderr, env }: Pick<CommandIO, 'stderr' | 'env'>,
  work: () => Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true || env['TERM'] === 'dumb') return work();
  const begun = Date.now();
  let frame = 0;
  const draw = (): void => {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    stderr.write(`\r${FRAMES[frame++ % FRAMES.length] ?? ''} ${what}${seconds > 1 ? ` ${String(seconds)} s` : ''}`);
  };
  draw();
  const timer = setInterval(draw, FRAME_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    stderr.write('\r\u001b[K');
  }
}
