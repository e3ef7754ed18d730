/**
 * The default chain: what the environment of this process offers, in the order that the AWS SDKs have in common:
 * variables, shared configuration, web identity (IRSA), container endpoint (EKS Pod Identity, ECS), instance metadata.
 */
import { fetchFailure } from './fetch-failure.ts';
import type { FetchCredentials } from './renewing-source.ts';
import { fetched, loadSDK, stsClient } from './sdk.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Fetches from the default chain. STS is asked in `region`, where a source of the chain needs it. */
export function defaultChain(region: string, environment: Environment): FetchCredentials {
  return async () => {
    try {
      const { fromNodeProviderChain } = await loadSDK();
      // A chain of its own each time: the SDK's would keep files and credentials longer than they are good.
      const chain = fromNodeProviderChain({ clientConfig: stsClient(region), ignoreCache: true });
      return fetched(await chain());
    } catch (error) {
      throw fetchFailure(`the default chain (${likelySource(environment)})`, error);
    }
  };
}

/** What the chain ends at in this environment, as far as variables tell. */
export function likelySource(environment: Environment): string {
  const { AWS_PROFILE, AWS_ROLE_ARN } = environment;
  if (AWS_PROFILE) return `profile "${AWS_PROFILE}" of the shared configuration`;
  if (environment['AWS_ACCESS_KEY_ID'] && environment['AWS_SECRET_ACCESS_KEY']) return 'environment variables';
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE']) return `web identity, role ${AWS_ROLE_ARN || 'missing'}`;
  if (environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || environment['AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
    return 'container endpoint, such as EKS Pod Identity';
  }
  return environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true' ? 'no source' : 'instance metadata';
}
