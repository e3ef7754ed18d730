/** Where the tokens of this machine's profiles are. */
import { FileVault } from './file-vault.ts';
import type { TokenVault } from './kept-tokens.ts';
import { systemKeychain } from './keychain.ts';
import { SealedVault } from './sealed-vault.ts';

/** The keychain where it answers, else files. `TIDEGATE_KEYCHAIN=off`: files, whatever there is. */
export async function tokenVault(env: Readonly<Record<string, string | undefined>>): Promise<TokenVault> {
  const files = new FileVault(env);
  const keychain = systemKeychain(env);
  if (keychain === undefined) return files;
  try {
    await keychain.read();
    return new SealedVault(files, keychain);
  } catch {
    return files;
  }
}
