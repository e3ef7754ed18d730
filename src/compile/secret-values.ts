/** Takes the values that a provider needs out of the Secrets that it references, or says what is wrong with them. */
import { X509Certificate } from 'node:crypto';

import {
  REASON_INVALID_SPEC,
  REASON_SECRET_KEY_EMPTY,
  REASON_SECRET_KEY_NOT_FOUND,
  REASON_SECRET_NOT_FOUND,
  REASON_SECRET_UNREADABLE,
} from '../api/conditions.ts';
import { Redacted } from '../redacted.ts';
import type { SecretKey } from './credential-spec.ts';
import type { Problem } from './problems.ts';
import type { SecretState } from './types.ts';

export type Secrets = ReadonlyMap<string, SecretState>;

export type SecretValue<T> = { readonly value: T } | { readonly problem: Problem };

/**
 * An API key or a part of an access key. Line breaks at its end are dropped, since `echo` and editors put them there and
 * no provider has keys that end so. What remains must be printable ASCII, because it becomes a header's value.
 */
export function readKeyText(secrets: Secrets, namespace: string, ref: SecretKey): SecretValue<Redacted> {
  return readKey(secrets, namespace, ref, (text, where) => {
    const key = text.replace(/[\r\n]+$/, '');
    if (key.trim() === '') return { problem: { reason: REASON_SECRET_KEY_EMPTY, message: `${where} is empty` } };
    if (!/^[!-~]([ -~]*[!-~])?$/.test(key)) {
      return unusable(`${where} must hold printable ASCII characters only, without spaces at its ends`);
    }
    return { value: new Redacted(key) };
  });
}

/** Bytes of a bundle at most: those of the usual systems have a quarter of a mebibyte, and the table is one for all tenants. */
const MAX_CA_BYTES = 512 * 1024;

/** A bundle of certificate authorities: the certificates of a PEM text and nothing else that it may hold. */
export function readCA(secrets: Secrets, namespace: string, ref: SecretKey): SecretValue<string> {
  return readKey(secrets, namespace, ref, (text, where) => {
    if (text.trim() === '') return { problem: { reason: REASON_SECRET_KEY_EMPTY, message: `${where} is empty` } };
    const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    if (certificates === null) return unusable(`${where} must hold at least one PEM certificate`);
    if (!certificates.every((pem) => isCertificate(pem)))
      return unusable(`${where} holds a certificate that can't be read`);
    const value = certificates.map((pem) => `${pem.replaceAll('\r\n', '\n')}\n`).join('');
    if (value.length > MAX_CA_BYTES)
      return unusable(`${where} must hold ${String(MAX_CA_BYTES / 1024)} KiB of certificates at most`);
    return { value };
  });
}

function readKey<T>(
  secrets: Secrets,
  namespace: string,
  { name, key }: SecretKey,
  read: (text: string, where: string) => SecretValue<T>,
): SecretValue<T> {
  const secret = `secret "${namespace}/${name}"`;
  const state = secrets.get(`${namespace}/${name}`) ?? { kind: 'Unreadable', message: 'it has not been read' };
  if (state.kind === 'Missing') return { problem: { reason: REASON_SECRET_NOT_FOUND, message: `${secret} not found` } };
  if (state.kind === 'Unreadable') {
    return { problem: { reason: REASON_SECRET_UNREADABLE, message: `${secret} can't be read: ${state.message}` } };
  }
  const value = state.data.get(key);
  if (value === undefined) {
    return { problem: { reason: REASON_SECRET_KEY_NOT_FOUND, message: `${secret} has no key "${key}"` } };
  }
  return read(value.reveal(), `key "${key}" of ${secret}`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function unusable(message: string): { readonly problem: Problem } {
  return { problem: { reason: REASON_INVALID_SPEC, message } };
}
