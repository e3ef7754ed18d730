/** Why an issuer's keys could not be had. */
export type IssuerErrorCode =
  'Unreachable' | 'Timeout' | 'Redirect' | 'Status' | 'TooLarge' | 'Malformed' | 'ForeignIssuer' | 'InsecureURL';

/** For logs: names URLs of the configuration and of the issuer's metadata, and of what was answered only which issuer it names. */
export class IssuerError extends Error {
  readonly code: IssuerErrorCode;

  constructor(code: IssuerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IssuerError';
    this.code = code;
  }
}
