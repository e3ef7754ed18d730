import { CommandError, EXIT } from '../../command/io.ts';

/** Nobody is signed in, or no longer. The first line is the same for every reason, so that scripts and people know it. */
export function noUsableToken(why?: string, options?: ErrorOptions): CommandError {
  return new CommandError('no usable gateway token: run "tidegate login"', EXIT.signIn, {
    ...options,
    ...(why !== undefined && { hint: why }),
  });
}
