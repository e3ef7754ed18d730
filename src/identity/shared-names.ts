/** Issuers that could name each other's users or groups: a mistake in the configuration, unless they are one company's. */
import type { ClaimMapping, JWTConfiguration } from '../config/types.ts';

const MAPPINGS = ['username', 'groups'] as const;

/** For one mapping, the issuers whose names another of them can also give. */
export interface SharedNames {
  readonly mapping: (typeof MAPPINGS)[number];
  readonly issuers: readonly string[];
}

/** Prefixes keep names apart unless one begins with the other: `a:` and `a:b:` both make `a:b:c`. */
export function sharedNames(jwt: readonly JWTConfiguration[]): readonly SharedNames[] {
  return MAPPINGS.flatMap((mapping) => {
    const prefixes = jwt.flatMap(({ issuer, claimMappings }) => {
      const mapped: ClaimMapping | undefined = claimMappings[mapping];
      return mapped === undefined ? [] : [{ url: issuer.url, prefix: mapped.prefix }];
    });
    const issuers = prefixes.filter((one) =>
      prefixes.some((other) => other !== one && (begins(one, other) || begins(other, one))),
    );
    return issuers.length === 0 ? [] : [{ mapping, issuers: issuers.map(({ url }) => url) }];
  });
}

function begins(one: { readonly prefix: string }, other: { readonly prefix: string }): boolean {
  return one.prefix.startsWith(other.prefix);
}
