/**
 * Fields that people know from the Kubernetes API server's AuthenticationConfiguration and that are not here, and fields
 * that must be written although they often could be left out elsewhere: what to write.
 */
import type { FieldPath } from './document.ts';

const NO_EXPRESSIONS = 'expressions (CEL) are not evaluated here';
const MAPPING = `${NO_EXPRESSIONS}: name the \`claim\` (dots lead into nested objects) and its \`prefix\``;
const RULE = `${NO_EXPRESSIONS}: write \`claim\` and \`requiredValue\``;
const ONE_AUDIENCE = 'name at least one, and have tokens issued for it: others of the same issuer must not pass here';
const PREFIX = 'write "" for none';

/** By path, with `*` for the index of a list. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    jwt: 'issuers stand in `authentication.jwt`',
    issuers: 'issuers stand in `authentication.jwt`',
    anonymous: 'no caller is let in without a credential',
    'authentication.anonymous': 'no caller is let in without a credential',
    'authentication.jwt.*.issuer.audiences': ONE_AUDIENCE,
    'authentication.jwt.*.issuer.egressSelectorType': 'the gateway asks an issuer directly',
    'authentication.jwt.*.claimMappings.username.expression': MAPPING,
    'authentication.jwt.*.claimMappings.username.prefix': PREFIX,
    'authentication.jwt.*.claimMappings.groups.expression': MAPPING,
    'authentication.jwt.*.claimMappings.groups.prefix': PREFIX,
    'authentication.jwt.*.claimMappings.uid':
      'permissions are given to the username and the groups alone: leave it out',
    'authentication.jwt.*.claimMappings.extra':
      'permissions are given to the username and the groups alone: leave it out',
    'authentication.jwt.*.claimValidationRules.*.expression': RULE,
    'authentication.jwt.*.claimValidationRules.*.message': `${RULE}; the message to the caller names the claim`,
    'authentication.jwt.*.userValidationRules': `${NO_EXPRESSIONS}: use \`claimValidationRules\` with \`claim\` and \`requiredValue\`; usernames that begin with "system:" are refused anyway`,
  }),
);

/** What to tell somebody who wrote, or left out, the field at `path`. */
export function adviceFor(path: FieldPath): string | undefined {
  return FIELDS.get(path.map((part) => (/^\d+$/.test(String(part)) ? '*' : part)).join('.'));
}
