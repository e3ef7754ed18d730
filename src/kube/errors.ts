/** The one error class of the room. */
import type { KubeStatus } from './types.ts';

/** Stable. Up to `ServiceUnavailable` the API server answered; the others have `status` 0. */
export type KubeErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  /** 410: a resourceVersion or continue token too old. */
  | 'Gone'
  /** The resourceVersion is from the future of this API server. */
  | 'ResourceVersionTooLarge'
  | 'PayloadTooLarge'
  | 'Invalid'
  | 'TooManyRequests'
  | 'ServerTimeout'
  | 'ServerError'
  | 'ServiceUnavailable'
  | 'UnexpectedStatus'
  /** No connection, or it broke. */
  | 'Unreachable'
  /** The caller's time limit. */
  | 'Timeout'
  /** The caller's signal. */
  | 'Aborted'
  | 'ResponseTooLarge'
  /** An answer that is not the JSON it should be. */
  | 'Malformed'
  /** Token, certificate or kubeconfig could not be read. */
  | 'CredentialsUnavailable';

export interface KubeErrorOptions {
  readonly code: KubeErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly reason?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** A call to the API server failed. Holds no credential, neither in the message nor in the cause. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: KubeErrorCode;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** `reason` of the Status object, such as `AlreadyExists`; undefined when there was none. */
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: KubeErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.status = options.status ?? 0;
    this.reason = options.reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** From an answer of 400 and up, or from the object of an ERROR watch event. */
  static fromStatus(
    status: number,
    object: KubeStatus | undefined,
    what: string,
    retryAfterSeconds?: number,
  ): KubeError {
    const text = object?.message ?? 'no further explanation';
    return new KubeError({
      code: codeOf(status, object),
      message: `${what}: ${status} ${object?.reason ?? ''}${object?.reason === undefined ? '' : ': '}${text}`,
      status,
      reason: object?.reason,
      retryAfterSeconds: sensible(retryAfterSeconds ?? object?.details?.retryAfterSeconds),
    });
  }
}

/** Whether it is a KubeError, and, if codes are given, one of these. */
export function isKubeError(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

/** Whoever answers need not be the API server, and its clock need not be right. */
const longestRetryAfterSeconds = 60;

function sensible(seconds: unknown): number | undefined {
  const isWait = typeof seconds === 'number' && seconds >= 0;
  return isWait ? Math.min(seconds, longestRetryAfterSeconds) : undefined;
}

const codes: Readonly<Record<number, KubeErrorCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  413: 'PayloadTooLarge',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'ServerError',
  502: 'ServerError',
  503: 'ServiceUnavailable',
  504: 'ServerTimeout',
};

function codeOf(status: number, object: KubeStatus | undefined): KubeErrorCode {
  if (status === 409 && object?.reason === 'AlreadyExists') return 'AlreadyExists';
  if (object?.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge'))
    return 'ResourceVersionTooLarge';
  return codes[status] ?? 'UnexpectedStatus';
}
