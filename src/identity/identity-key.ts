/** The part of a cache's key that stands for a caller. */
import { hash } from 'node:crypto';
import type { Identity } from './types.ts';

/** One identity object serves many requests: its key is made once. */
const keys = new WeakMap<Identity, string>();

/** Equal for callers that no permission can tell apart; short, however many groups a caller has. */
export function identityKey(identity: Identity): string {
  let key = keys.get(identity);
  if (key === undefined) {
    const { username, uid, groups, extra } = identity;
    key = hash('sha256', JSON.stringify([username, uid, groups, extra]), 'base64url');
    keys.set(identity, key);
  }
  return key;
}
