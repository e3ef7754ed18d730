/** What the assessments of a guardrail of Amazon Bedrock say, as findings. */
import type { Action } from '../types.ts';
import { items, oneOf, part, ruleName, text, type Answer } from './answer.ts';
import type { Masked } from './masked.ts';
import type { RemoteFinding } from './types.ts';

/** Findings, and what was masked. */
export interface Assessed {
  readonly findings: readonly RemoteFinding[];
  readonly masked: readonly Masked[];
}

/** Names of ours, where AWS writes it otherwise than by its words. */
const PII_NAMES: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY: 'AWSAccessKey',
  AWS_SECRET_KEY: 'AWSSecretKey',
  CREDIT_DEBIT_CARD_NUMBER: 'CreditCard',
  INTERNATIONAL_BANK_ACCOUNT_NUMBER: 'IBAN',
  IP_ADDRESS: 'IPAddress',
  MAC_ADDRESS: 'MACAddress',
  SWIFT_CODE: 'SWIFTCode',
  UK_NATIONAL_INSURANCE_NUMBER: 'UKNationalInsuranceNumber',
  URL: 'URL',
  US_BANK_ROUTING_NUMBER: 'USBankRoutingNumber',
  US_PASSPORT_NUMBER: 'PassportUS',
  US_SOCIAL_SECURITY_NUMBER: 'USSocialSecurityNumber',
};

const ACTIONS = ['BLOCKED', 'ANONYMIZED', 'NONE'] as const;

/**
 * The findings of all policies: `topic/<name>`, `content/<Category>`, `word/custom`, `word/profanity`, `pii/<Type>`,
 * `regex/<name>`, `grounding/<Type>`, `reasoning/<kind>`. `BLOCKED` blocks, `ANONYMIZED` masks, and what was detected
 * without either is a detection.
 */
export function assessed(assessments: readonly Answer[]): Assessed {
  const findings: RemoteFinding[] = [];
  const masked: Masked[] = [];
  const note = (item: Answer, rule: string): Action | undefined => {
    const action = actionOf(item);
    if (action !== undefined) findings.push({ rule, action, count: 1 });
    return action;
  };
  for (const assessment of assessments) {
    for (const topic of itemsOf(assessment, 'topicPolicy', 'topics'))
      note(topic, ruleName('topic', nameOf(topic, 'name')));
    for (const filter of itemsOf(assessment, 'contentPolicy', 'filters')) {
      note(filter, ruleName('content', words(nameOf(filter, 'type'))));
    }
    for (const word of itemsOf(assessment, 'wordPolicy', 'customWords')) note(word, 'word/custom');
    for (const word of itemsOf(assessment, 'wordPolicy', 'managedWordLists')) {
      note(word, ruleName('word', nameOf(word, 'type').toLowerCase()));
    }
    for (const entity of itemsOf(assessment, 'sensitiveInformationPolicy', 'piiEntities')) {
      const type = nameOf(entity, 'type');
      const action = note(entity, ruleName('pii', PII_NAMES[type] ?? words(type)));
      if (action === 'Mask') masked.push({ match: text(entity['match'], 'a match'), mask: `{${type}}` });
    }
    for (const regex of itemsOf(assessment, 'sensitiveInformationPolicy', 'regexes')) {
      const name = typeof regex['name'] === 'string' ? regex['name'] : '';
      const action = note(regex, ruleName('regex', name));
      if (action === 'Mask') masked.push({ match: text(regex['match'], 'a match'), mask: `{${name}}` });
    }
    for (const filter of itemsOf(assessment, 'contextualGroundingPolicy', 'filters')) {
      note(filter, ruleName('grounding', words(nameOf(filter, 'type'))));
    }
    for (const finding of itemsOf(assessment, 'automatedReasoningPolicy', 'findings')) {
      const [kind = '_'] = Object.keys(finding);
      if (kind !== 'valid') findings.push({ rule: ruleName('reasoning', kind), action: 'Detect', count: 1 });
    }
  }
  return { findings, masked };
}

function itemsOf(assessment: Answer, policy: string, member: string): readonly Answer[] {
  return items(part(assessment[policy], `\`${policy}\``)?.[member], `\`${policy}.${member}\``);
}

function nameOf(item: Answer, key: string): string {
  return text(item[key], `\`${key}\` of an assessment`);
}

/** Undefined: it is listed, and was not found. */
function actionOf(item: Answer): Action | undefined {
  const action = oneOf(item['action'], 'the action of an assessment', ACTIONS);
  if (action === 'BLOCKED') return 'Block';
  if (action === 'ANONYMIZED') return 'Mask';
  return item['detected'] === false || item['confidence'] === 'NONE' ? undefined : 'Detect';
}

/** `PROMPT_ATTACK` → `PromptAttack`. */
function words(name: string): string {
  return name
    .split('_')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('');
}
