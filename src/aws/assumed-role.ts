/** The credentials of a role that another identity may assume. */
import { CredentialError, isRejection } from './types.ts';
import type { CredentialSource } from './types.ts';
import type { SigningCredentials } from '../providers/wire.ts';
import { fetchFailure } from './fetch-failure.ts';
import type { FetchCredentials } from './renewing-source.ts';
import { fetched, loadSDK, stsClient } from './sdk.ts';

export interface AssumedRole {
  readonly roleARN: string;
  readonly externalID: string | undefined;
  readonly sessionName: string;
  /** In which STS is asked. */
  readonly region: string;
}

/** Fetches credentials of `role` from STS, as `identity`. */
export function assumedRole(role: AssumedRole, identity: CredentialSource): FetchCredentials {
  return async () => {
    let own: SigningCredentials | undefined;
    try {
      own = await identity.current();
      const { accessKeyID: accessKeyId, ...rest } = own;
      const { fromTemporaryCredentials } = await loadSDK();
      const assume = fromTemporaryCredentials({
        params: {
          RoleArn: role.roleARN,
          RoleSessionName: role.sessionName,
          ...(role.externalID === undefined ? {} : { ExternalId: role.externalID }),
        },
        masterCredentials: { accessKeyId, ...rest },
        clientConfig: stsClient(role.region),
      });
      return fetched(await assume());
    } catch (error) {
      if (error instanceof CredentialError) {
        throw new CredentialError(`the role ${role.roleARN} needs a source identity, and ${error.message}`);
      }
      if (own !== undefined && error instanceof Error && isRejection(error.name)) identity.rejected?.(own);
      throw fetchFailure(`assuming the role ${role.roleARN}`, error);
    }
  };
}
