/** The keys that a fake AWS knows. One ring is shared by all services of one test, as one account is. */
import { randomBytes } from 'node:crypto';

/** An access key of a principal; with a session token, one that STS or a metadata service gave out. */
export interface Key {
  readonly accessKeyID: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Absent: it does not expire. */
  readonly expiration?: Date;
  /** ARN of who it stands for. */
  readonly principal: string;
}

/** A key as it is given out for a while. */
export type SessionKey = Required<Key>;

export class KeyRing {
  readonly #keys = new Map<string, Key>();

  /** Keys that are valid from the start. */
  constructor(...keys: Key[]) {
    for (const key of keys) this.add(key);
  }

  add(key: Key): void {
    this.#keys.set(key.accessKeyID, key);
  }

  /** The key is unknown from now on. */
  revoke(accessKeyID: string): void {
    this.#keys.delete(accessKeyID);
  }

  find(accessKeyID: string): Key | undefined {
    return this.#keys.get(accessKeyID);
  }

  /** A new session key, random but for its prefix `ASIA`. */
  issue(principal: string, lifetimeSeconds: number): SessionKey {
    const key = {
      accessKeyID: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(180).toString('base64'),
      expiration: new Date(Date.now() + lifetimeSeconds * 1000),
      principal,
    };
    this.add(key);
    return key;
  }
}
