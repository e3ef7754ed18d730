/**
 * A guardrail of Amazon Bedrock on a call of Bedrock itself: in headers of InvokeModel, in the body of Converse. AWS takes
 * one for a call.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html
 */
import { JSONScanner } from '../shared/json-scanner.ts';
import { onlyNames, type JSONKind, type JSONVisitor } from '../shared/json-visitor.ts';
import { EVENT_STREAM } from './frame-reader.ts';
import { AWSFrames } from '../texts/stream/framing/aws-frames.ts';
import type { Splice, UpstreamResponseHead } from '../wire.ts';

export interface AttachedGuardrail {
  readonly identifier: string;
  readonly version: string;
}

/** Headers that say which guardrail InvokeModel applies, in lower case. */
export const GUARDRAIL_HEADERS = ['x-amzn-bedrock-guardrailidentifier', 'x-amzn-bedrock-guardrailversion'] as const;

const CALL = /\/model\/[^/]+\/(invoke|converse)(?:-with-response-stream|-stream)?$/;

/** Where a call takes its guardrail; undefined: it takes none. `path` as the client sent it. */
export function attachmentPlace(method: string, path: string): 'Headers' | 'Body' | undefined {
  const call = method === 'POST' ? CALL.exec(path)?.[1] : undefined;
  if (call === undefined) return undefined;
  return call === 'invoke' ? 'Headers' : 'Body';
}

/** Names and values in turn. */
export function guardrailHeaders({ identifier, version }: AttachedGuardrail): readonly string[] {
  return ['X-Amzn-Bedrock-GuardrailIdentifier', identifier, 'X-Amzn-Bedrock-GuardrailVersion', version];
}

const MEMBER = 'guardrailConfig';

/** What makes Converse apply a guardrail, in place of any that the client named; undefined: the body is not of its form. */
export function guardrailConfig(body: Buffer, { identifier, version }: AttachedGuardrail): Splice | undefined {
  const members = new ConfigMember();
  const options = { reportDepth: 1, maxDepth: 1024, validateUTF8: false, nameLengths: onlyNames(MEMBER) };
  const scanner = new JSONScanner(members, options);
  scanner.push(body);
  scanner.end();
  const { content, count, config } = members;
  if (scanner.fault !== undefined || content === undefined || count > 1) return undefined;
  const value = JSON.stringify({ guardrailIdentifier: identifier, guardrailVersion: version });
  if (config !== undefined) return { ...config, bytes: Buffer.from(value) };
  const comma = members.isEmpty ? '' : ',';
  return { start: content, end: content, bytes: Buffer.from(`"${MEMBER}":${value}${comma}`) };
}

/** Finds the one member. */
class ConfigMember implements JSONVisitor {
  /** Behind the brace that opens the body. */
  content: number | undefined;
  count = 0;
  isEmpty = true;
  config: { readonly start: number; readonly end: number } | undefined;
  #isHere = false;

  key(depth: number, name: string | undefined): void {
    this.isEmpty = false;
    this.#isHere = depth === 1 && name === MEMBER;
    if (this.#isHere) this.count += 1;
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0 && kind === 'object') this.content = start + 1;
    return 0;
  }

  end(depth: number, _kind: JSONKind, start: number, end: number): void {
    if (depth === 1 && this.#isHere) this.config = { start, end };
  }
}

/** AWS says by these that a guardrail has stepped in: Converse, and InvokeModel. */
const INTERVENED = /"stopReason"\s*:\s*"guardrail_intervened"|"amazon-bedrock-guardrailAction"\s*:\s*"INTERVENED"/;

/** More characters than what is looked for has. */
const CARRIED = 128;

/** Reads along with an answer whether the guardrail attached to its call has stepped in. */
export class Interventions {
  readonly #frames: AWSFrames | undefined;
  #carried = '';
  hasIntervened = false;

  constructor(response: UpstreamResponseHead) {
    const isStream = response.header('content-type')?.toLowerCase().startsWith(EVENT_STREAM) === true;
    this.#frames = isStream ? new AWSFrames() : undefined;
  }

  push(chunk: Buffer): void {
    if (this.hasIntervened) return;
    if (this.#frames === undefined) {
      const text = this.#carried + chunk.toString('latin1');
      this.hasIntervened = INTERVENED.test(text);
      this.#carried = text.slice(-CARRIED);
      return;
    }
    for (const frame of this.#frames.push(chunk)) {
      if (frame.kind === 'Event' && INTERVENED.test(frame.data.toString('latin1'))) this.hasIntervened = true;
    }
  }
}
