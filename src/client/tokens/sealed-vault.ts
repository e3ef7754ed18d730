/** Tokens in files that are sealed with a key of the system's keychain (AES-256-GCM), plain where there is no keychain. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TokenVault } from './kept-tokens.ts';
import type { Keychain } from './keychain.ts';
import { noUsableToken } from './no-token.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MARK = 'tidegate-sealed-1 ';

export class SealedVault implements TokenVault {
  readonly #files: TokenVault;
  readonly #keychain: Keychain | undefined;
  #found: Buffer | undefined;

  constructor(files: TokenVault, keychain: Keychain | undefined) {
    this.#files = files;
    this.#keychain = keychain;
  }

  /**
   * What is plain is read as it is, without a question to the keychain. What cannot be opened with its key is of no use:
   * undefined. Rejects when it is sealed and there is no asking for the key.
   */
  async read(profile: string): Promise<string | undefined> {
    const text = await this.#files.read(profile);
    if (text?.startsWith(MARK) !== true) return text;
    const key = await this.#keyForReading();
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

  async write(profile: string, text: string): Promise<string> {
    const key = await this.#keyForWriting();
    if (key === undefined) return this.#files.write(profile, text);
    const nonce = randomBytes(NONCE_BYTES);
    const sealer = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    sealer.setAAD(Buffer.from(profile));
    const content = Buffer.concat([sealer.update(text, 'utf8'), sealer.final()]);
    const sealed = Buffer.concat([nonce, sealer.getAuthTag(), content]);
    const place = await this.#files.write(profile, MARK + sealed.toString('base64'));
    return `${place} sealed with a key of ${this.#keychain?.name}`;
  }

  async remove(profile: string): Promise<void> {
    await this.#files.remove(profile);
  }

  async #keyForReading(): Promise<Buffer | undefined> {
    if (this.#keychain === undefined) {
      throw noUsableToken('the sign-in is sealed with a key of a keychain, and there is none here');
    }
    try {
      return await this.#key(this.#keychain);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw noUsableToken(`the sign-in is sealed with a key of ${this.#keychain.name}, which cannot be asked: ${why}`, {
        cause: error,
      });
    }
  }

  /** A new one where there is none yet; undefined: none can be had. */
  async #keyForWriting(): Promise<Buffer | undefined> {
    if (this.#keychain === undefined) return undefined;
    try {
      const key = await this.#key(this.#keychain);
      if (key !== undefined) return key;
      const fresh = randomBytes(KEY_BYTES);
      await this.#keychain.write(fresh.toString('base64'));
      this.#found = fresh;
      return fresh;
    } catch {
      return undefined;
    }
  }

  async #key(keychain: Keychain): Promise<Buffer | undefined> {
    if (this.#found !== undefined) return this.#found;
    const key = Buffer.from((await keychain.read()) ?? '', 'base64');
    if (key.length === KEY_BYTES) this.#found = key;
    return this.#found;
  }
}
