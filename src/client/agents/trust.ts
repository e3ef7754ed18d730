/** The variable by which an agent trusts the gateway's own authority; what the user has set stays. */
import { filled } from '../profiles/paths.ts';

export function trusting(
  variable: string,
  certificateAuthority: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return certificateAuthority === undefined || filled(env[variable]) !== undefined
    ? {}
    : { [variable]: certificateAuthority };
}
