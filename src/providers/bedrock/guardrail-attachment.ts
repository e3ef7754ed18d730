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

const CONFIG = 'guardrailConfig';

/** What makes Converse apply a guardrail, in place of any that the client named; undefined: the body is not of its form. */
export function guardrailConfig(body: Buffer, { identifier, version }: AttachedGuardrail): Splice | undefined {
  const found = ownMember(body, CONFIG);
  if (found === undefined) return undefined;
  const value = JSON.stringify({ guardrailIdentifier: identifier, guardrailVersion: version });
  if (found.value !== undefined) return { ...found.value, bytes: Buffer.from(value) };
  const comma = found.isEmpty ? '' : ',';
  return { start: found.content, end: found.content, bytes: Buffer.from(`"${CONFIG}":${value}${comma}`) };
}

/**
 * By this member of a body InvokeModel is told to look only at what the caller has tagged, or to let a stream go on before it
 * has been looked at.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html
 */
const SELECTION = 'amazon-bedrock-guardrailConfig';
/** It selects nothing. */
const NO_SELECTION = Buffer.from('{}');

/** What keeps a caller of InvokeModel from choosing what the guardrail looks at; undefined: the body is not of its form. */
export function withoutSelection(body: Buffer): readonly Splice[] | undefined {
  const found = ownMember(body, SELECTION);
  if (found === undefined) return undefined;
  return found.value === undefined ? [] : [{ ...found.value, bytes: NO_SELECTION }];
}

/** A block of Converse that a guardrail looks at, and then at no other text beside such blocks. */
const GUARDED_BLOCK = 'guardContent';

/**
 * Whether a caller of Converse chooses what the guardrail looks at. True also where something else has that name.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
 */
export function selectsContent(body: Buffer): boolean {
  let isFound = false;
  const visitor: JSONVisitor = {
    key: (_depth, name) => {
      isFound ||= name === GUARDED_BLOCK;
    },
    begin: () => 0,
    end: () => undefined,
  };
  const options = { reportDepth: MAX_DEPTH, maxDepth: MAX_DEPTH, validateUTF8: false };
  const scanner = new JSONScanner(visitor, { ...options, nameLengths: onlyNames(GUARDED_BLOCK) });
  scanner.push(body);
  scanner.end();
  return isFound;
}

const MAX_DEPTH = 1024;

/** A member of a body that is an object. */
interface OwnMember {
  /** Behind the brace that opens the body. */
  readonly content: number;
  readonly isEmpty: boolean;
  /** Undefined: the body has no such member. */
  readonly value: { readonly start: number; readonly end: number } | undefined;
}

/** Undefined: the body is no object, or has the member twice. */
function ownMember(body: Buffer, name: string): OwnMember | undefined {
  const members = new NamedMember(name);
  const options = { reportDepth: 1, maxDepth: MAX_DEPTH, validateUTF8: false, nameLengths: onlyNames(name) };
  const scanner = new JSONScanner(members, options);
  scanner.push(body);
  scanner.end();
  const { content, count, isEmpty, value } = members;
  if (scanner.fault !== undefined || content === undefined || count > 1) return undefined;
  return { content, isEmpty, value };
}

/** Finds the one member. */
class NamedMember implements JSONVisitor {
  content: number | undefined;
  count = 0;
  isEmpty = true;
  value: { readonly start: number; readonly end: number } | undefined;
  readonly #name: string;
  #isHere = false;

  constructor(name: string) {
    this.#name = name;
  }

  key(depth: number, name: string | undefined): void {
    this.isEmpty = false;
    this.#isHere = depth === 1 && name === this.#name;
    if (this.#isHere) this.count += 1;
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0 && kind === 'object') this.content = start + 1;
    return 0;
  }

  end(depth: number, _kind: JSONKind, start: number, end: number): void {
    if (depth === 1 && this.#isHere) this.value = { start, end };
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
