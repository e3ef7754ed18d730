/** Streams of one text in one place of each event, as simpler APIs have them. */
import { type Dialect, type DialectEvent, type EventReading, Reading } from '../dialect.ts';
import { indexOf, type JSONObject, member, type Path } from '../json-value.ts';
import type { Block } from '../judge.ts';
import { addStrings, SAID } from './strings.ts';

/** How one API does it. */
export interface TextForm {
  readonly path: Path;
  /** Whether an event is the last. */
  isLast(event: JSONObject): boolean;
  /** An event with `text`, and as the last one when the answer was blocked. */
  event(text: string, isBlocked: boolean): JSONObject;
  /** The name of its SSE events. */
  readonly name?: string;
}

/** Members of events that are no words: names, reasons, and what Bedrock adds, which is read elsewhere. */
const NO_WORDS: ReadonlySet<string> = new Set([
  'type',
  'event_type',
  'model',
  'role',
  'id',
  'generation_id',
  'response_id',
  'document_ids',
  'log_id',
  'finish_reason',
  'stop_reason',
  'completionReason',
  'stop',
  'error',
  'p',
  'obfuscation',
  'amazon-bedrock-trace',
  'amazon-bedrock-guardrailAction',
  'amazon-bedrock-invocationMetrics',
]);

/** Cohere's, of arguments in pieces, of which nobody knows where they end. */
const PIECES = 'tool_call_delta';

export class SingleTextDialect implements Dialect {
  readonly isNumbered = false;
  readonly #form: TextForm;
  #hasText = false;
  #isEnded = false;

  constructor(form: TextForm) {
    this.#form = form;
  }

  read(event: JSONObject): EventReading {
    const reading = new Reading();
    const { path } = this.#form;
    const block: Block = { id: String(indexOf(event)), ...SAID };
    reading.piece(block, path, valueAt(event, path));
    // What else an event says it says whole: calls of tools, citations, and the last one all that was said.
    for (const [name, value] of Object.entries(event)) {
      if (name !== path[0] && !NO_WORDS.has(name)) addStrings(reading, value, [name], SAID, NO_WORDS);
    }
    reading.isTooMuch ||= PIECES in event;
    if ('error' in event || this.#form.isLast(event)) reading.ends = 'All';
    return reading;
  }

  sent(event: JSONObject): void {
    const text = valueAt(event, this.#form.path);
    this.#hasText ||= typeof text === 'string' && text !== '';
    this.#isEnded ||= 'error' in event || this.#form.isLast(event);
  }

  rest({ id }: Block, text: string): DialectEvent {
    const value = this.#form.event(text, false);
    return { name: this.#form.name, value: id === '0' ? value : { ...value, index: Number(id) } };
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    if (this.#isEnded) return [];
    const text = this.#hasText && message !== '' ? `\n\n${message}` : message;
    return [{ name: this.#form.name, value: this.#form.event(text, true) }];
  }
}

const valueAt = (event: JSONObject, path: Path): unknown => path.reduce<unknown>(at, event);

function at(value: unknown, place: string | number): unknown {
  if (typeof place === 'string') return member(value, place);
  return Array.isArray(value) ? (value as readonly unknown[])[place] : undefined;
}

const isNamed = (reason: unknown): boolean => typeof reason === 'string';

/** Anthropic's text completions: also those of its oldest models on Bedrock. */
export const COMPLETE: TextForm = {
  name: 'completion',
  path: ['completion'],
  isLast: (event) => isNamed(event['stop_reason']),
  event: (completion, isBlocked) => ({
    type: 'completion',
    completion,
    stop_reason: isBlocked ? 'refusal' : null,
    stop: null,
  }),
};

export const LLAMA: TextForm = {
  path: ['generation'],
  isLast: (event) => isNamed(event['stop_reason']),
  event: (generation, isBlocked) => ({
    generation,
    prompt_token_count: null,
    generation_token_count: null,
    stop_reason: isBlocked ? 'content_filter' : null,
  }),
};

export const TITAN: TextForm = {
  path: ['outputText'],
  isLast: (event) => isNamed(event['completionReason']),
  event: (outputText, isBlocked) => ({
    outputText,
    index: 0,
    totalOutputTextTokenCount: null,
    completionReason: isBlocked ? 'CONTENT_FILTERED' : null,
    inputTextTokenCount: null,
  }),
};

/** Mistral's text models. */
export const MISTRAL: TextForm = {
  path: ['outputs', 0, 'text'],
  isLast: (event) => isNamed(at(at(event['outputs'], 0), 'stop_reason')),
  event: (text, isBlocked) => ({ outputs: [{ text, stop_reason: isBlocked ? 'content_filter' : null }] }),
};

export const COHERE: TextForm = {
  path: ['text'],
  isLast: (event) => event['is_finished'] === true,
  event: (text, isBlocked) =>
    isBlocked
      ? { text, is_finished: true, finish_reason: 'ERROR_TOXIC' }
      : { text, is_finished: false, event_type: 'text-generation' },
};
