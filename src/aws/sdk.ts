/**
 * The AWS SDK's credential providers. Loaded when the first credentials are fetched: a process that signs for nobody, or
 * with static keys, does without: it takes 70 ms once, and 5 MB of a proxy that serves (40 MB of one that does nothing else).
 */
import type * as SDK from '@aws-sdk/credential-providers';
import { homedir } from 'node:os';
import type { FetchedCredentials } from './renewing-source.ts';

export function loadSDK(): Promise<typeof SDK> {
  ensureHome(process.env, homedir);
  return import('@aws-sdk/credential-providers');
}

/**
 * The SDK looks for its files in the home directory, whatever it is asked for, and fails when the user has none: a numeric
 * user without `HOME`. Container runtimes then say `/`, so this does where they don't.
 */
export function ensureHome(environment: Record<string, string | undefined>, find: () => string): void {
  try {
    find();
  } catch {
    environment['HOME'] = '/';
  }
}

/** Settings of the SDK's client of STS. Its own time limits are those of the operating system: minutes. */
export function stsClient(region: string): {
  region: string;
  maxAttempts: number;
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: boolean };
} {
  return {
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  };
}

/** What the SDK gave, in this project's words. */
export function fetched(identity: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}): FetchedCredentials {
  const { accessKeyId: accessKeyID, secretAccessKey, sessionToken, expiration } = identity;
  const credentials = { accessKeyID, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  return { credentials, expiration };
}
