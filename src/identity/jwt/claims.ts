/** From the claims of a verified token to who calls, as the configuration maps them. Pure. */
import type { JWTConfiguration } from '../../config/types.ts';
import { refusal } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import { callersGroups, isReserved, isUnreadable } from '../reserved-names.ts';
import type { Identity } from '../types.ts';
import { memberOf, timeOf } from './unverified-token.ts';
import type { Members } from './unverified-token.ts';

/** Who calls; a refusal when the claims do not say so, or not what the configuration requires. */
export function identityOf(claims: Members, configuration: JWTConfiguration): Identity | Refusal {
  const { claimMappings, claimValidationRules } = configuration;
  for (const { claim, requiredValue } of claimValidationRules) {
    const value = claimAt(claims, claim);
    if (value === undefined) return refusal('claims', `The token has no claim "${claim}", which is required here.`);
    if (textOf(value) !== requiredValue) {
      return refusal('claims', `The claim "${claim}" of the token has not the value that is required here.`);
    }
  }
  const username = usernameOf(claims, claimMappings.username);
  if (typeof username !== 'string') return username;
  const groups = claimMappings.groups === undefined ? [] : groupsOf(claims, claimMappings.groups);
  if ('kind' in groups) return groups;
  const agent = agentOf(claims, claimMappings.agent?.claim);
  const expiresAt = timeOf(claims, 'exp');
  return {
    username,
    groups: callersGroups(groups),
    ...(agent === undefined ? {} : { agent }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** The claim of exactly this name; when there is none, dots lead into objects. */
export function claimAt(claims: Members, path: string): unknown {
  const exact = memberOf(claims, path);
  if (exact !== undefined) return exact;
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = memberOf(value as Members, name);
  }
  return value;
}

type Mapping = JWTConfiguration['claimMappings']['username'];

function usernameOf(claims: Members, { claim, prefix }: Mapping): string | Refusal {
  const value = claimAt(claims, claim);
  if (typeof value !== 'string' || value === '') {
    return refusal('claims', `The token has no text in the claim "${claim}", which names the caller here.`);
  }
  if (isUnreadable(value)) {
    return refusal('claims', `The claim "${claim}", which names the caller here, has control or broken characters.`);
  }
  // As the API server does: whoever may write any address into their profile is nobody yet.
  const verified = memberOf(claims, 'email_verified');
  if (claim === 'email' && verified !== undefined && verified !== true) {
    return refusal('claims', 'The e-mail address that names the caller is not verified ("email_verified").');
  }
  const username = `${prefix}${value}`;
  if (isReserved(username)) {
    return refusal('claims', `The claim "${claim}" names a user of Kubernetes itself ("system:…"); no token may.`);
  }
  return username;
}

function groupsOf(claims: Members, { claim, prefix }: Mapping): readonly string[] | Refusal {
  const value = claimAt(claims, claim);
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((group) => typeof group === 'string')) {
    return refusal(
      'claims',
      `The claim "${claim}", which names the caller's groups here, is no text or list of texts.`,
    );
  }
  return list.filter((group) => group !== '').map((group) => `${prefix}${group}`);
}

function agentOf(claims: Members, claim: string | undefined): string | undefined {
  const values =
    claim === undefined ? [memberOf(claims, 'azp'), memberOf(claims, 'client_id')] : [claimAt(claims, claim)];
  return values.find((value): value is string => typeof value === 'string' && value !== '' && !isUnreadable(value));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined;
}
