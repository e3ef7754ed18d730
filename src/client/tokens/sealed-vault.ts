/** Tokens in files that are sealed with a key of the system's keychain (AES-256-GCM). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TokenVault } from './kept-tokens.ts';
import type { Keychain } from './keychain.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MARK = 'tidegate-sealed-1 ';

export class SealedVault implements TokenVault {
  readonly name: string;
  readonly #files: TokenVault;
  readonly #keychain: Keychain;

  constructor(files: TokenVault, keychain: Keychain) {
    this.name = `a file sealed with a key of ${keychain.name}`;
    this.#files = files;
    this.#keychain = keychain;
  }

  /** What was written before there was a keychain is read as it is. What cannot be opened is of no use: sign in again. */
  async read(profile: string): Promise<string | undefined> {
    const text = await this.#files.read(profile);
    if (text?.startsWith(MARK) !== true) return text;
    const key = await this.#key();
    if (key === undefined) return undefined;
    const sealed = Buffer.from(text.slice(MARK.length), 'base64');
    try {
      const opener = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      opener.setAAD(Buffer.from(profile));
      opener.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return opener.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + opener.final('utf8');
    } catch {
      return undefined;
    }
  }

  async write(profile: string, text: string): Promise<void> {
    let key = await this.#key();
    if (key === undefined) {
      key = randomBytes(KEY_BYTES);
      await this.#keychain.write(key.toString('base64'));
    }
    const nonce = randomBytes(NONCE_BYTES);
    const sealer = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    sealer.setAAD(Buffer.from(profile));
    const content = Buffer.concat([sealer.update(text, 'utf8'), sealer.final()]);
    const sealed = Buffer.concat([nonce, sealer.getAuthTag(), content]);
    await this.#files.write(profile, MARK + sealed.toString('base64'));
  }

  async remove(profile: string): Promise<void> {
    await this.#files.remove(profile);
  }

  async #key(): Promise<Buffer | undefined> {
    const text = await this.#keychain.read();
    const key = Buffer.from(text ?? '', 'base64');
    return key.length === KEY_BYTES ? key : undefined;
  }
}
