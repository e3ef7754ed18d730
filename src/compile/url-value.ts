/** Reads a URL of a spec that the gateway is to call. */
import { SpecError, string } from './spec-values.ts';

/** Absolute, `http` or `https`, without user information, query, fragment and trailing slashes. */
export function httpURL(value: unknown, field: string): string {
  const text = string(value, field, 2048);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SpecError(`\`${field}\` must be an absolute URL with the scheme 'http' or 'https'`);
  }
  if (url.username !== '' || url.password !== '' || /[?#\\@\s]/.test(text)) {
    throw new SpecError(`\`${field}\` must not hold user information, a query or a fragment`);
  }
  return url.href.replace(/\/+$/, '');
}
