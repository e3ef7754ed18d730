/** Why an issuer's keys could not be had. */
export type IssuerErrorCode =
  'Unreachable' | 'Timeout' | 'Redirect' | 'Status' | 'TooLarge' | 'Malformed' | 'ForeignIssuer' | 'InsecureURL';

/** For logs: names URLs of the configuration and of the issuer's metadata, never what was answered. */
export class IssuerError extends Error {
  readonly code: IssuerErrorCode;

  constructor(code: IssuerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IssuerError';
    this.code = code;
  }
}
