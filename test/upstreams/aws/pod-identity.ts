/**
 * The agent of EKS Pod Identity: keys for the token of a pod's ServiceAccount, which the kubelet rotates in its file. A
 * process finds it by `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
 *
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
import type { ReceivedRequest } from '../types.ts';
import type { KeyRing } from './keys.ts';
import { FakeService, metadataCredentials, type ServiceAnswer } from './service.ts';

export interface PodIdentityOptions {
  readonly keys: KeyRing;
  /** ARN of the role that the pod's ServiceAccount is associated with. */
  readonly roleARN: string;
  /** The one token that is accepted now. */
  readonly token: string;
  /** Of the keys given out. Default: six hours. */
  readonly lifetimeSeconds?: number;
}

export class PodIdentityAgent extends FakeService {
  readonly #options: PodIdentityOptions;
  /** The one token that is accepted now. */
  token: string;

  private constructor(options: PodIdentityOptions) {
    super();
    this.#options = options;
    this.token = options.token;
  }

  static start(options: PodIdentityOptions): Promise<PodIdentityAgent> {
    return new PodIdentityAgent(options).listen();
  }

  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  get credentialsURL(): string {
    return `${this.url}/v1/credentials`;
  }

  protected answer(request: ReceivedRequest): ServiceAnswer {
    if (request.method !== 'GET' || request.target !== '/v1/credentials') return failure(404, 'NotFoundException');
    if (request.header('authorization') !== this.token) return failure(401, 'AccessDeniedException');
    const { keys, roleARN, lifetimeSeconds = 6 * 3600 } = this.#options;
    return metadataCredentials(keys.issue(roleARN, lifetimeSeconds));
  }
}

function failure(status: number, code: string): ServiceAnswer {
  return {
    status,
    contentType: 'application/json',
    body: JSON.stringify({ code, message: `${code} of the Pod Identity agent` }),
  };
}
