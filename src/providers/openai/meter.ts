import { AnswerMeter, type UsageListener } from '../shared/answer-meter.ts';
import { type JSONVisitor, onlyNames } from '../shared/json-visitor.ts';
import { mayHoldUsage, mayTellError } from '../shared/usage-token.ts';
import type { UpstreamResponseHead } from '../wire.ts';
import { USAGE_HOLDERS, type OpenAIFindings, UsageMembers } from './usage-members.ts';

const SCAN = {
  reportDepth: 2,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: onlyNames('usage', 'model', 'service_tier', 'error', 'type', ...USAGE_HOLDERS),
} as const;

/** Hears every OpenAI answer that can carry usage. */
class OpenAIUsage implements UsageListener {
  readonly findings: OpenAIFindings = {
    tokens: undefined,
    model: undefined,
    serviceTier: undefined,
    audio: undefined,
    malformed: false,
    tooLarge: false,
    provisional: false,
    failed: false,
  };
  readonly scan = SCAN;
  readonly #restIsReasoning: boolean;

  constructor(restIsReasoning: boolean) {
    this.#restIsReasoning = restIsReasoning;
  }

  visitor(): JSONVisitor {
    return new UsageMembers(this.findings, this.#restIsReasoning);
  }

  canSkip(bytes: Buffer): boolean {
    return this.findings.model !== undefined && !mayHoldUsage(bytes) && !mayTellError(bytes);
  }
}

/** Meter for every OpenAI answer that can carry usage, whole or streamed. */
export class OpenAIMeter extends AnswerMeter {
  /** `restIsReasoning`: as in `readUsage`. */
  constructor(response: UpstreamResponseHead, restIsReasoning = false) {
    super(response, new OpenAIUsage(restIsReasoning));
  }
}
