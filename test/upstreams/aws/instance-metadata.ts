/**
 * The instance metadata service, version 2: a token first, then role and keys. What comes without a token is refused.
 * A process finds it by `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
import { randomUUID } from 'node:crypto';
import type { ReceivedRequest } from '../types.ts';
import type { KeyRing } from './keys.ts';
import { FakeService, metadataCredentials, type ServiceAnswer } from './service.ts';

export interface InstanceMetadataOptions {
  readonly keys: KeyRing;
  /** ARN of the role of the instance's profile. */
  readonly roleARN: string;
  /** Of the keys given out. Default: six hours. */
  readonly lifetimeSeconds?: number;
}

const ROLES = '/latest/meta-data/iam/security-credentials/';

export class InstanceMetadata extends FakeService {
  readonly #options: InstanceMetadataOptions;
  readonly #tokens = new Set<string>();

  private constructor(options: InstanceMetadataOptions) {
    super();
    this.#options = options;
  }

  static start(options: InstanceMetadataOptions): Promise<InstanceMetadata> {
    return new InstanceMetadata(options).listen();
  }

  protected answer(request: ReceivedRequest): ServiceAnswer {
    const { method, target } = request;
    if (method === 'PUT' && target === '/latest/api/token') {
      const ttl = Number(request.header('x-aws-ec2-metadata-token-ttl-seconds'));
      if (!(ttl > 0 && ttl <= 21_600)) return text(400, 'Bad Request');
      const token = randomUUID();
      this.#tokens.add(token);
      return text(200, token);
    }
    if (!this.#tokens.has(request.header('x-aws-ec2-metadata-token') ?? '')) return text(401, 'Unauthorized');
    const { keys, roleARN, lifetimeSeconds = 6 * 3600 } = this.#options;
    const role = roleARN.slice(roleARN.lastIndexOf('/') + 1);
    if (target === ROLES) return text(200, role);
    if (target === ROLES + role) return metadataCredentials(keys.issue(roleARN, lifetimeSeconds));
    return text(404, 'Not Found');
  }
}

function text(status: number, body: string): ServiceAnswer {
  return { status, contentType: 'text/plain', body };
}
