/** Where the tokens of this machine's profiles are. */
import { FileVault } from './file-vault.ts';
import type { TokenVault } from './kept-tokens.ts';
import { systemKeychain } from './keychain.ts';
import { SealedVault } from './sealed-vault.ts';

/** Files, sealed where a keychain answers. `TIDEGATE_KEYCHAIN=off`: plain, whatever there is. */
export function tokenVault(env: Readonly<Record<string, string | undefined>>): TokenVault {
  return new SealedVault(new FileVault(env), systemKeychain(env));
}
