/**
 * The Security Token Service: AssumeRole and GetCallerIdentity for callers that sign, AssumeRoleWithWebIdentity for those
 * that have a token. A process finds it by `AWS_ENDPOINT_URL_STS`.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
 */
import type { ReceivedRequest } from '../types.ts';
import type { Key, KeyRing, SessionKey } from './keys.ts';
import { FakeService, type ServiceAnswer } from './service.ts';
import { SignatureVerifier, type SignatureProblem } from './signature.ts';

/** A role and who may assume it. */
export interface Role {
  readonly arn: string;
  /** ARNs of principals, or subjects of web identities. */
  readonly trusts: readonly string[];
  /** Must be presented to assume it. */
  readonly externalID?: string;
}

export interface STSOptions {
  readonly keys: KeyRing;
  readonly region: string;
  readonly roles: readonly Role[];
  /** Subjects by the token that says so. */
  readonly webIdentities?: ReadonlyMap<string, string>;
  /** Of session keys. Default: an hour. */
  readonly lifetimeSeconds?: number;
}

/** What STS was asked for, signature and all being in order. */
export interface STSCall {
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** ARN or subject of who asked. */
  readonly caller: string;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** STS' names of what is wrong with a signature. */
const SIGNATURE_CODES: Readonly<Record<SignatureProblem, string>> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
  InvalidSignatureException: 'SignatureDoesNotMatch',
};

export class SecurityTokenService extends FakeService {
  readonly calls: STSCall[] = [];
  lifetimeSeconds: number;
  readonly #options: STSOptions;
  readonly #verifier: SignatureVerifier;

  private constructor(options: STSOptions) {
    super();
    this.#options = options;
    this.lifetimeSeconds = options.lifetimeSeconds ?? 3600;
    this.#verifier = new SignatureVerifier({ keys: options.keys, service: 'sts', region: options.region });
  }

  static start(options: STSOptions): Promise<SecurityTokenService> {
    return new SecurityTokenService(options).listen();
  }

  protected answer(request: ReceivedRequest): ServiceAnswer {
    try {
      const parameters = Object.fromEntries(new URLSearchParams(request.body.toString()));
      const { Action: action = '', Version: version } = parameters;
      if (request.method !== 'POST' || version !== '2011-06-15') {
        throw new Refusal(400, 'InvalidAction', `Could not find operation ${action} for version ${version ?? ''}`);
      }
      return xml(
        200,
        `<${action}Response xmlns="${NAMESPACE}">${this.#result(action, parameters, request)}</${action}Response>`,
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      const told = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
      return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${told}</ErrorResponse>`);
    }
  }

  #result(action: string, parameters: Record<string, string>, request: ReceivedRequest): string {
    if (action === 'AssumeRoleWithWebIdentity') return this.#assumeRoleWithWebIdentity(parameters);
    const key = this.#caller(request);
    this.calls.push({ action, parameters, caller: key.principal });
    if (action === 'GetCallerIdentity') {
      const account = key.principal.split(':')[4] ?? '';
      const told = `<Arn>${key.principal}</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account>`;
      return `<GetCallerIdentityResult>${told}</GetCallerIdentityResult>`;
    }
    if (action !== 'AssumeRole') throw new Refusal(400, 'InvalidAction', `Could not find operation ${action}`);
    const denied = `User: ${key.principal} is not authorized to perform: sts:AssumeRole on resource: ${parameters['RoleArn']}`;
    const role = this.#role(parameters, key.principal, denied);
    if (role.externalID !== parameters['ExternalId']) throw new Refusal(403, 'AccessDenied', denied);
    return `<AssumeRoleResult>${this.#session(role, parameters)}</AssumeRoleResult>`;
  }

  #assumeRoleWithWebIdentity(parameters: Record<string, string>): string {
    const subject = this.#options.webIdentities?.get(parameters['WebIdentityToken'] ?? '');
    if (subject === undefined) {
      throw new Refusal(400, 'InvalidIdentityToken', 'No OpenIDConnect provider found in your account for the token');
    }
    this.calls.push({ action: 'AssumeRoleWithWebIdentity', parameters, caller: subject });
    const role = this.#role(parameters, subject, 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
    return `<AssumeRoleWithWebIdentityResult>${this.#session(role, parameters)}</AssumeRoleWithWebIdentityResult>`;
  }

  #caller(request: ReceivedRequest): Key {
    const verdict = this.#verifier.verify(request);
    if (verdict.kind === 'Valid') return verdict.key;
    throw new Refusal(verdict.status, SIGNATURE_CODES[verdict.type], verdict.message);
  }

  #role(parameters: Record<string, string>, caller: string, denied: string): Role {
    const role = this.#options.roles.find(({ arn }) => arn === parameters['RoleArn']);
    // A session stands for its role: `assumed-role/<name>/<session>`.
    const trusted = role?.trusts.some((arn) => caller === arn || caller.startsWith(`${arn}/`));
    if (role === undefined || trusted !== true) throw new Refusal(403, 'AccessDenied', denied);
    return role;
  }

  #session(role: Role, parameters: Record<string, string>): string {
    const name = parameters['RoleSessionName'] ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
      throw new Refusal(400, 'ValidationError', `Value '${name}' at 'roleSessionName' failed to satisfy constraint`);
    }
    const assumed = role.arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
    return credentials(this.#options.keys.issue(`${assumed}/${name}`, this.lifetimeSeconds));
  }
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

function xml(status: number, body: string): ServiceAnswer {
  return { status, contentType: 'text/xml', body };
}

function credentials(key: SessionKey): string {
  return (
    `<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:session</AssumedRoleId><Arn>${key.principal}</Arn></AssumedRoleUser>` +
    `<Credentials><AccessKeyId>${key.accessKeyID}</AccessKeyId><SecretAccessKey>${key.secretAccessKey}</SecretAccessKey>` +
    `<SessionToken>${key.sessionToken}</SessionToken><Expiration>${key.expiration.toISOString()}</Expiration></Credentials>`
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
