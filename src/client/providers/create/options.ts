import type { ProviderType } from '../../../api/generated/llmprovider.ts';
import type { ClusterFlags } from '../../kubernetes/cluster.ts';
import type { ClientFlags } from '../../types.ts';

/** What the flags of `tidegate provider create` said, or a person. */
export interface CreateOptions extends ClientFlags, ClusterFlags {
  /** The display name, if any. */
  readonly arguments: readonly string[];
  readonly name?: string;
  readonly type?: ProviderType;
  readonly baseUrl?: string;
  readonly region?: string;
  readonly models?: readonly string[];
  readonly secret?: string;
  readonly secretKey?: string;
  readonly secretFromFile?: string;
  readonly secretFromEnv?: string;
  readonly passthrough?: boolean;
  readonly apply?: boolean;
}
