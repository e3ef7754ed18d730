/**
 * The default chain: what the environment of this process offers, in the order that the AWS SDKs have in common. The
 * links are the SDK's; the walk along them is not, since the SDK's forgets which link failed and why.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
import { fetchFailure } from './fetch-failure.ts';
import type { FetchCredentials } from './renewing-source.ts';
import { fetched, loadSDK, stsClient } from './sdk.ts';
import { CredentialError } from './types.ts';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A source that the environment may have. */
export interface Link {
  /** For messages. */
  readonly name: string;
  /** The environment says that credentials are to come from here, so that a failure is one. */
  readonly isWanted: boolean;
  readonly kind: 'Variables' | 'SharedConfiguration' | 'WebIdentity' | 'Container' | 'InstanceMetadata';
}

/** Fetches from the default chain. STS is asked in `region`, where a source of the chain needs it. */
export function defaultChain(region: string, environment: Environment): FetchCredentials {
  return async () => {
    const sdk = await loadSDK();
    // The SDK would keep files longer than they are good.
    const options = { clientConfig: stsClient(region), ignoreCache: true };
    const fetchBy = {
      Variables: () => sdk.fromEnv(),
      SharedConfiguration: () => sdk.fromIni(options),
      WebIdentity: () => sdk.fromTokenFile(options),
      Container: () => sdk.fromHttp(),
      InstanceMetadata: () => sdk.fromInstanceMetadata(),
    };
    let failure: CredentialError | undefined;
    for (const { kind, name, isWanted } of linksOf(environment)) {
      try {
        return fetched(await fetchBy[kind]()());
      } catch (error) {
        const told = fetchFailure(`the default chain (${name})`, error);
        if (!isNextTried(error)) throw told;
        if (isWanted) failure ??= told;
      }
    }
    throw (
      failure ??
      new CredentialError(
        'the environment of the proxies has no credentials of AWS, and names no place to get them from',
      )
    );
  };
}

/** The SDK marks errors that mean no more than that a source is not configured, or not there. */
function isNextTried(error: unknown): boolean {
  return error instanceof Error && 'tryNextLink' in error && error.tryNextLink === true;
}

/** The links to try, in order. */
export function linksOf(environment: Environment): Link[] {
  const { AWS_PROFILE, AWS_ROLE_ARN, AWS_EC2_METADATA_DISABLED } = environment;
  const links: Link[] = [];
  const link = (kind: Link['kind'], name: string, isWanted = true): void => {
    links.push({ kind, name, isWanted });
  };
  if (AWS_PROFILE) link('SharedConfiguration', `profile "${AWS_PROFILE}" of the shared configuration`);
  else {
    link('Variables', 'variables', false);
    link('SharedConfiguration', 'shared configuration', false);
  }
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE']) {
    link('WebIdentity', `web identity, role ${AWS_ROLE_ARN || 'missing: AWS_ROLE_ARN is not set'}`);
  }
  if (environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || environment['AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
    link('Container', 'container endpoint, such as EKS Pod Identity');
  } else if (!AWS_EC2_METADATA_DISABLED || AWS_EC2_METADATA_DISABLED === 'false') {
    link('InstanceMetadata', 'instance metadata');
  }
  return links;
}
