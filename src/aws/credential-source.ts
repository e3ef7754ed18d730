/**
 * Where the credentials of AWS come from that sign a provider's requests. One source per provider, kept as long as its
 * credential stays the same.
 */
import type { SigningCredentials } from '../providers/wire.ts';
import type { AWSCredentialSource } from '../table/types.ts';
import { assumedRole } from './assumed-role.ts';
import { defaultChain } from './default-chain.ts';
import { RenewingSource } from './renewing-source.ts';
import type { CredentialSource } from './types.ts';

export { CredentialError, isRejection } from './types.ts';
export type { CredentialSource } from './types.ts';

/** For whom credentials are, and where. */
export interface SourceOptions {
  /** The provider's, for the session of an assumed role. */
  readonly name: string;
  /** Of the provider. STS is asked there, unless `AWS_REGION` says where this process runs. */
  readonly region: string;
  /** Hears of each fetch that failed, also while older credentials still serve. The message holds no secret. */
  readonly onFailure?: ((message: string) => void) | undefined;
}

/** The source that `source` describes. It fetches nothing before it is asked. */
export function createCredentialSource(source: AWSCredentialSource, options: SourceOptions): CredentialSource {
  if (source.type === 'StaticKeys') return staticKeys(source);
  const identity = chainFor(options);
  if (source.type === 'DefaultChain') return identity;
  const { roleARN, externalID, sessionName = sessionNameFor(options.name) } = source;
  const fetch = assumedRole({ roleARN, externalID, sessionName, region: regionOfSTS(options) }, identity);
  return new RenewingSource(`assuming the role ${roleARN}`, fetch, { onFailure: options.onFailure });
}

function staticKeys(source: Extract<AWSCredentialSource, { type: 'StaticKeys' }>): CredentialSource {
  const credentials: SigningCredentials = {
    accessKeyID: source.accessKeyID.reveal(),
    secretAccessKey: source.secretAccessKey.reveal(),
    ...(source.sessionToken === undefined ? {} : { sessionToken: source.sessionToken.reveal() }),
  };
  return { current: () => credentials };
}

/**
 * The default chains of this process by the region of STS: what the environment offers is the same for all providers, and
 * metadata services do not like to be asked for each of them. As many as there are regions at most.
 */
const chains = new Map<string, CredentialSource>();

function chainFor(options: SourceOptions): CredentialSource {
  const region = regionOfSTS(options);
  let chain = chains.get(region);
  if (chain === undefined) {
    chain = new RenewingSource('the default chain', defaultChain(region, process.env), {
      onFailure: options.onFailure,
    });
    chains.set(region, chain);
  }
  return chain;
}

function regionOfSTS({ region }: SourceOptions): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return AWS_REGION || AWS_DEFAULT_REGION || region;
}

/** What STS takes as the name of a session. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const MAX_SESSION_NAME = 64;

function sessionNameFor(name: string): string {
  return `tidegate-${name}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, MAX_SESSION_NAME);
}
