/** Why a call to an upstream failed, in words for the caller: never an address, a port, a key or a library's message. */

export interface UpstreamFailure {
  readonly status: 502 | 504;
  readonly code: 'UpstreamUnreachable' | 'UpstreamTimeout';
  /** Continues "the upstream of provider X …". */
  readonly reason: string;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has a host name that cannot be resolved',
  EAI_AGAIN: 'has a host name that cannot be resolved at the moment',
  ENETUNREACH: 'is in a network that cannot be reached',
  EHOSTUNREACH: 'is on a host that cannot be reached',
  ETIMEDOUT: 'did not accept the connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept the connection in time',
  ECONNRESET: 'closed the connection before its answer was complete',
  EPIPE: 'closed the connection before its answer was complete',
  UND_ERR_SOCKET: 'closed the connection before its answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent an answer of another length than it announced',
  UND_ERR_HEADERS_OVERFLOW: 'answered with too many headers',
  ERR_INVALID_CHAR: 'answered with a header that cannot be passed on',
  ERR_HTTP_INVALID_STATUS_CODE: 'answered with a status that cannot be passed on',
  TIDEGATE_DENIED_ADDRESS: 'resolves to an address that this gateway is configured not to connect to',
  CERT_HAS_EXPIRED: 'has a TLS certificate that has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a TLS certificate for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a TLS certificate that is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a TLS certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a TLS certificate that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'has a TLS certificate that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a TLS certificate that is not trusted',
};

/** Codes after which nothing of the request can have been processed twice if a safe method is sent again. */
const CONNECTION_LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export function describeFailure(error: unknown): UpstreamFailure {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return { status: 504, code: 'UpstreamTimeout', reason: 'did not begin to answer in time' };
  }
  if (code === 'UND_ERR_BODY_TIMEOUT') {
    return { status: 504, code: 'UpstreamTimeout', reason: 'stopped in the middle of its answer' };
  }
  return { status: 502, code: 'UpstreamUnreachable', reason: REASONS[code] ?? unusual(code, error) };
}

/** Whether the connection broke, which for a safe method is reason to try once more. */
export function isConnectionLost(error: unknown): boolean {
  return CONNECTION_LOST.has(codeOf(error));
}

function unusual(code: string, error: unknown): string {
  // undici's parser knows no code for some of its errors.
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError'))
    return 'answered with something that is not HTTP';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO')
    return 'failed the TLS handshake';
  return 'could not be reached';
}

/** Of the error, or of the first of an `AggregateError` (one per address that was tried). */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && typeof (error as { code?: unknown }).code !== 'string') {
    return codeOf(error.errors[0]);
  }
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
