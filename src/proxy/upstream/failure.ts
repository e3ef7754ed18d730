/** Why a call to an upstream failed, in words for the caller: never an address, a port, a key or a library's message. */

/** What kind of failure it is, for whoever is told what to do about it. */
export type FailureKind =
  | 'NameNotResolved'
  | 'ConnectionRefused'
  | 'HostUnreachable'
  | 'TimedOut'
  | 'ConnectionLost'
  | 'TLSFailed'
  | 'CertificateNotTrusted'
  | 'AddressDenied'
  | 'NotHTTP'
  | 'Unreachable';

export interface UpstreamFailure {
  readonly kind: FailureKind;
  readonly status: 502 | 504;
  readonly code: 'UpstreamUnreachable' | 'UpstreamTimeout';
  /** Continues "the upstream of provider X …". */
  readonly reason: string;
}

const UNTRUSTED = ['CertificateNotTrusted', 'has a TLS certificate that is not trusted'] as const;
const LOST = ['ConnectionLost', 'closed the connection before its answer was complete'] as const;
const CONNECT_TIMEOUT = ['TimedOut', 'did not accept the connection in time'] as const;

const REASONS: Readonly<Record<string, readonly [kind: FailureKind, reason: string]>> = {
  ECONNREFUSED: ['ConnectionRefused', 'refused the connection'],
  ENOTFOUND: ['NameNotResolved', 'has a host name that cannot be resolved'],
  EAI_AGAIN: ['NameNotResolved', 'has a host name that cannot be resolved at the moment'],
  ENETUNREACH: ['HostUnreachable', 'is in a network that cannot be reached'],
  EHOSTUNREACH: ['HostUnreachable', 'is on a host that cannot be reached'],
  ETIMEDOUT: CONNECT_TIMEOUT,
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT,
  ECONNRESET: LOST,
  EPIPE: LOST,
  UND_ERR_SOCKET: LOST,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['NotHTTP', 'sent an answer of another length than it announced'],
  UND_ERR_HEADERS_OVERFLOW: ['NotHTTP', 'answered with too many headers'],
  ERR_INVALID_CHAR: ['NotHTTP', 'answered with a header that cannot be passed on'],
  ERR_HTTP_INVALID_STATUS_CODE: ['NotHTTP', 'answered with a status that cannot be passed on'],
  TIDEGATE_DENIED_ADDRESS: [
    'AddressDenied',
    'resolves to an address that this gateway is configured not to connect to',
  ],
  CERT_HAS_EXPIRED: ['CertificateNotTrusted', 'has a TLS certificate that has expired'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['CertificateNotTrusted', 'has a TLS certificate for another host name'],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

/** Codes after which nothing of the request can have been processed twice if a safe method is sent again. */
const CONNECTION_LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export function describeFailure(error: unknown): UpstreamFailure {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return { kind: 'TimedOut', status: 504, code: 'UpstreamTimeout', reason: 'did not begin to answer in time' };
  }
  if (code === 'UND_ERR_BODY_TIMEOUT') {
    return { kind: 'TimedOut', status: 504, code: 'UpstreamTimeout', reason: 'stopped in the middle of its answer' };
  }
  const [kind, reason] = REASONS[code] ?? unusual(code, error);
  return { kind, status: 502, code: 'UpstreamUnreachable', reason };
}

/** Whether the connection broke, which for a safe method is reason to try once more. */
export function isConnectionLost(error: unknown): boolean {
  return CONNECTION_LOST.has(codeOf(error));
}

function unusual(code: string, error: unknown): readonly [kind: FailureKind, reason: string] {
  // undici's parser knows no code for some of its errors.
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError'))
    return ['NotHTTP', 'answered with something that is not HTTP'];
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO')
    return ['TLSFailed', 'failed the TLS handshake'];
  return ['Unreachable', 'could not be reached'];
}

/** Of the error, or of the first of an `AggregateError` (one per address that was tried). */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && typeof (error as { code?: unknown }).code !== 'string') {
    return codeOf(error.errors[0]);
  }
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
