/** The credential of an entry as it is written, its secrets in the clear, and back. For the codec and hashes only. */
import { Redacted } from '../redacted.ts';
import { invalid, members, oneOf, text } from './members.ts';
import type { AWSCredentialSource, Credential } from './types.ts';

/** The credential with each {@link Redacted} replaced by its value. */
export function credentialInTheClear(credential: Credential): unknown {
  return inTheClear(credential);
}

/** Whatever holds a secret, at any depth, so that a new kind of credential can't be written without its secrets. */
export function inTheClear(value: unknown): unknown {
  if (value instanceof Redacted) return value.reveal();
  if (Array.isArray(value)) return value.map((item) => inTheClear(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inTheClear(member)]));
}

/** The credential that `value` is. */
export function readCredential(value: unknown): Credential {
  const m = members(value, '`credential`', ['kind'], ['value', 'source']);
  const kind = oneOf(m, 'kind', ['None', 'APIKey', 'Passthrough', 'AWS']);
  switch (kind) {
    case 'None':
    case 'Passthrough':
      members(m, '`credential`', ['kind']);
      return { kind };
    case 'APIKey':
      return { kind, value: secret(members(m, '`credential`', ['kind', 'value']), 'value') };
    case 'AWS':
      return { kind, source: readSource(members(m, '`credential`', ['kind', 'source'])['source']) };
    default:
      throw invalid('`credential` is of no known form');
  }
}

/** The source of AWS credentials that `value` is. */
export function readSource(value: unknown): AWSCredentialSource {
  const keys = ['accessKeyID', 'secretAccessKey', 'sessionToken', 'roleARN', 'externalID', 'sessionName'];
  const m = members(value, '`source`', ['type'], keys);
  const type = oneOf(m, 'type', ['DefaultChain', 'StaticKeys', 'AssumeRole']);
  if (type === 'StaticKeys') {
    const s = members(m, '`source`', ['type', 'accessKeyID', 'secretAccessKey'], ['sessionToken']);
    return {
      type,
      accessKeyID: secret(s, 'accessKeyID'),
      secretAccessKey: secret(s, 'secretAccessKey'),
      ...(s['sessionToken'] === undefined ? {} : { sessionToken: secret(s, 'sessionToken') }),
    };
  }
  if (type === 'AssumeRole') {
    const s = members(m, '`source`', ['type', 'roleARN'], ['externalID', 'sessionName']);
    return {
      type,
      roleARN: text(s, 'roleARN'),
      ...(s['externalID'] === undefined ? {} : { externalID: text(s, 'externalID') }),
      ...(s['sessionName'] === undefined ? {} : { sessionName: text(s, 'sessionName') }),
    };
  }
  members(m, '`source`', ['type']);
  return { type };
}

/** A secret, wrapped. */
export function secret(m: Readonly<Record<string, unknown>>, key: string): Redacted {
  return new Redacted(text(m, key));
}
