/** What the errors of sockets, TLS and undici mean. They come from several realms, so they are known by their `code`. */

export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The server's certificate is not to be trusted, or it does not trust ours: time to read the files again. */
export function isTlsFailure(error: unknown): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(codeOf(error) ?? '');
}

/** The connection ended under the request, as when the API server restarts behind a kept connection. */
export function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');
}
