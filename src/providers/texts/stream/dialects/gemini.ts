/** Chunks of Gemini's `streamGenerateContent`, each a whole answer whose parts continue those of the chunk before. */
import { type Dialect, type DialectEvent, type EventReading, NOTHING, Reading } from '../dialect.ts';
import type { Block } from '../judge.ts';
import { elements, indexOf, isObject, type JSONObject, member, type Path } from '../json-value.ts';
import { addStrings, isText, SAID, THOUGHT, TOOL_INPUT, TOOL_OUTPUT } from './strings.ts';

/** Members of a chunk that are the same in each. */
const COMMON: readonly string[] = ['modelVersion', 'responseId'];

interface Candidate {
  /** The text that goes on: whether it is a thought, and how many there were before it. */
  block: Block | undefined;
  generation: number;
}

export class GeminiDialect implements Dialect {
  readonly isNumbered = false;
  readonly #candidates = new Map<number, Candidate>();
  #common: JSONObject = {};
  #usage: unknown;
  /** Candidates that the client has seen. */
  readonly #seen = new Map<number, { finished: boolean; hasText: boolean }>();
  #isEnded = false;

  read(event: JSONObject): EventReading | undefined {
    const { candidates } = event;
    if (candidates === undefined) return readOther(event);
    if (!Array.isArray(candidates)) return undefined;
    const reading = new Reading();
    for (const [position, candidate] of candidates.entries()) {
      if (!isObject(candidate)) return undefined;
      this.#candidate(reading, candidate, ['candidates', position]);
    }
    return reading;
  }

  sent(event: JSONObject): void {
    for (const name of COMMON) if (event[name] !== undefined) this.#common = { ...this.#common, [name]: event[name] };
    if (event['usageMetadata'] !== undefined) this.#usage = event['usageMetadata'];
    for (const candidate of elements(event['candidates'])) {
      const index = indexOf(candidate);
      const seen = this.#seen.get(index) ?? { finished: false, hasText: false };
      seen.finished ||= typeof member(candidate, 'finishReason') === 'string';
      seen.hasText ||= elements(member(member(candidate, 'content'), 'parts')).some(saysText);
      this.#seen.set(index, seen);
    }
    if ('error' in event) this.#isEnded = true;
  }

  rest({ id, kind }: Block, text: string): DialectEvent {
    const part = kind === 'Reasoning' ? { text, thought: true } : { text };
    return this.#chunk([{ content: { parts: [part], role: 'model' }, index: Number.parseInt(id, 10) }]);
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    if (this.#isEnded) return [];
    if (this.#seen.size === 0) this.#seen.set(0, { finished: false, hasText: false });
    const unfinished = [...this.#seen].filter(([, { finished }]) => !finished);
    const candidates = unfinished.map(([index, { hasText }]) => {
      const text = hasText ? `\n\n${message}` : message;
      const content = message === '' ? {} : { content: { parts: [{ text }], role: 'model' } };
      return { ...content, finishReason: 'SAFETY', index };
    });
    return candidates.length === 0 ? [] : [this.#chunk(candidates)];
  }

  #chunk(candidates: readonly JSONObject[]): DialectEvent {
    const usage = this.#usage === undefined ? {} : { usageMetadata: this.#usage };
    return { name: undefined, value: { candidates, ...usage, ...this.#common } };
  }

  #candidate(reading: Reading, candidate: JSONObject, path: Path): void {
    const index = indexOf(candidate);
    let state = this.#candidates.get(index);
    if (state === undefined) {
      state = { block: undefined, generation: 0 };
      this.#candidates.set(index, state);
    }
    for (const [i, part] of elements(member(candidate['content'], 'parts')).entries()) {
      this.#part(reading, state, part, [...path, 'content', 'parts', i], index);
    }
    addStrings(reading, candidate['citationMetadata'], [...path, 'citationMetadata'], SAID, NO_WORDS);
    addStrings(reading, candidate['groundingMetadata'], [...path, 'groundingMetadata'], SAID, NO_WORDS);
    reading.whole(SAID, [...path, 'finishMessage'], candidate['finishMessage']);
    reading.echo([...path, 'logprobsResult'], candidate['logprobsResult'], '{}');
    if (typeof candidate['finishReason'] === 'string') endText(reading, state);
  }

  #part(reading: Reading, state: Candidate, part: unknown, path: Path, index: number): void {
    if (!isObject(part)) return;
    const { text } = part;
    if (typeof text === 'string') {
      if (text === '') return;
      const origin = part['thought'] === true ? THOUGHT : SAID;
      if (state.block?.kind !== origin.kind) {
        endText(reading, state);
        state.block = { id: `${index}/${state.generation}`, ...origin };
      }
      reading.piece(state.block, [...path, 'text'], text);
      return;
    }
    const wholes = [
      ['functionCall', 'args', TOOL_INPUT],
      ['toolCall', 'args', TOOL_INPUT],
      ['executableCode', 'code', TOOL_INPUT],
      ['codeExecutionResult', 'output', TOOL_OUTPUT],
      ['functionResponse', 'response', TOOL_OUTPUT],
      ['toolResponse', 'response', TOOL_OUTPUT],
    ] as const;
    for (const [holder, name, origin] of wholes) {
      if (part[holder] === undefined) continue;
      endText(reading, state);
      reading.breaksTexts = true;
      // Arguments in pieces, each with a path of its own: only Vertex AI has them.
      if (member(part[holder], 'partialArgs') !== undefined) reading.isTooMuch = true;
      addStrings(reading, member(part[holder], name), [...path, holder, name], origin);
    }
    for (const [name, value] of Object.entries(part)) {
      if (!KNOWN.has(name)) addStrings(reading, value, [...path, name], TOOL_OUTPUT, NO_WORDS);
    }
  }
}

/** Members of parts that are read, or are no words. */
const KNOWN: ReadonlySet<string> = new Set([
  'text',
  'functionCall',
  'toolCall',
  'executableCode',
  'codeExecutionResult',
  'functionResponse',
  'toolResponse',
  'inlineData',
  'fileData',
  'thoughtSignature',
]);

/** Members of what an answer rests on that are no words. */
const NO_WORDS: ReadonlySet<string> = new Set(['uri', 'license', 'sdkBlob', 'placeId', 'publicationDate']);

const saysText = (part: unknown): boolean => isText(member(part, 'text')) && member(part, 'thought') !== true;

/** What comes after is another text. */
function endText(reading: Reading, state: Candidate): void {
  if (state.block === undefined) return;
  reading.end(state.block.id);
  state.block = undefined;
  state.generation++;
}

/** A chunk without candidates: the prompt was blocked, usage alone, an error. */
function readOther(event: JSONObject): EventReading | undefined {
  if ('error' in event) return { ...NOTHING, ends: 'All' };
  return 'usageMetadata' in event || 'promptFeedback' in event || 'responseId' in event ? NOTHING : undefined;
}
