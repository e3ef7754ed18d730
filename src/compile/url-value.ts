/** Reads a URL of a spec that the gateway is to call. */
import { SpecError, string } from './spec-values.ts';

/** A URL that paths are joined to: as {@link httpURL}, without trailing slashes. */
export function baseURLOf(value: unknown, field: string): string {
  return httpURL(value, field).replace(/\/+$/, '');
}

/** Absolute, `http` or `https`, without user information, query and fragment. */
export function httpURL(value: unknown, field: string): string {
  const text = string(value, field, 2048);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SpecError(`\`${field}\` must be an absolute URL with the scheme 'http' or 'https'`);
  }
  if (url.username !== '' || url.password !== '' || /[?#\\@\s]/.test(text)) {
    throw new SpecError(`\`${field}\` must not hold user information, a query or a fragment`);
  }
  return url.href;
}
