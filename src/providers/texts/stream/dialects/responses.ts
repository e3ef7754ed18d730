/** Events of OpenAI's Responses API. They follow one pattern, so that those of tools to come are read, too. */
import { type Dialect, type DialectEvent, type EventReading, NOTHING, Reading } from '../dialect.ts';
import type { Block, TextOrigin } from '../judge.ts';
import { isObject, type JSONObject } from '../json-value.ts';
import { addItem, addOutput, addPart } from './response-items.ts';
import { ResponseState } from './response-state.ts';
import { addStrings, ARGUMENTS, SAID, THOUGHT, TOOL_INPUT } from './strings.ts';

const DELTA = '.delta';
const DONE = '.done';

/** Members that say which text an event is about. */
const PLACE: readonly string[] = ['item_id', 'output_index', 'content_index', 'summary_index', 'response_id'];

/** Members of events that say a text whole. */
const WHOLES: readonly string[] = ['text', 'refusal', 'transcript', 'arguments', 'input', 'code', 'command', 'diff'];

/** Deltas that are no text. */
const BINARY: ReadonlySet<string> = new Set([
  'response.audio.delta',
  'response.output_audio.delta',
  'speech.audio.delta',
]);

const NO_WORDS: ReadonlySet<string> = new Set(['type', 'url', 'file_id', 'container_id', 'filename']);

/** Ends of the response: everything before has ended. */
const FINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

export class ResponsesDialect implements Dialect {
  readonly isNumbered = true;
  readonly #state = new ResponseState();
  /** How each block goes on: its delta, but for the text. */
  readonly #deltas = new Map<string, JSONObject>();
  /** Blocks that have ended with the last event that was read. */
  #ended: readonly string[] = [];

  read(event: JSONObject): EventReading | undefined {
    for (const id of this.#ended) this.#deltas.delete(id);
    this.#ended = [];
    const { type } = event;
    if (typeof type !== 'string') return undefined;
    const reading = new Reading();
    if (type.endsWith(DELTA)) {
      if (BINARY.has(type)) return NOTHING;
      return this.#delta(reading, event, type.slice(0, -DELTA.length)) ? reading : undefined;
    }
    const stem = type.endsWith(DONE) ? type.slice(0, -DONE.length) : undefined;
    for (const name of WHOLES) reading.whole(originOf(type), [name], event[name]);
    if (Array.isArray(event['logprobs']) && event['logprobs'].length > 0) reading.echo(['logprobs'], true, '[]');
    addPart(reading, event['part'], ['part'], originOf(type));
    addItem(reading, event['item'], ['item']);
    addOutput(reading, event['response'], ['response']);
    addStrings(reading, event['annotation'], ['annotation'], SAID, NO_WORDS);
    if (FINAL.has(type)) reading.ends = 'All';
    else if (stem !== undefined) for (const id of this.#idsOf(event, stem)) reading.end(id);
    this.#ended = reading.ends === 'All' ? [] : reading.ends;
    return reading;
  }

  sent(event: JSONObject): void {
    this.#state.sent(event);
  }

  rest({ id }: Block, text: string): DialectEvent {
    return named({ ...this.#deltas.get(id), delta: text });
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    return [...this.#state.blockedEnd(message)].map(named);
  }

  /** False: it is of no known shape. */
  #delta(reading: Reading, event: JSONObject, stem: string): boolean {
    const { delta } = event;
    const origin = originOf(stem);
    if (isObject(delta)) {
      addStrings(reading, delta, ['delta'], origin, NO_WORDS);
      return true;
    }
    if (typeof delta !== 'string') return false;
    const id = JSON.stringify([stem, ...PLACE.map((name) => event[name])]);
    if (!this.#deltas.has(id)) {
      const place = PLACE.filter((name) => event[name] !== undefined).map((name) => [name, event[name]] as const);
      const logprobs = event['logprobs'] === undefined ? {} : { logprobs: [] };
      this.#deltas.set(id, { type: event['type'], ...Object.fromEntries(place), ...logprobs });
    }
    reading.piece({ id, ...origin }, ['delta'], delta);
    if (Array.isArray(event['logprobs']) && event['logprobs'].length > 0) reading.echo(['logprobs'], true, '[]');
    return true;
  }

  /** Blocks that end with an event `<stem>.done`: its own text, or all those of the item or part. */
  #idsOf(event: JSONObject, stem: string): readonly string[] {
    const isOuter = stem.endsWith('_item') || stem.endsWith('_part');
    const places = PLACE.filter((name) => event[name] !== undefined && name !== 'item_id');
    return [...this.#deltas].flatMap(([id, delta]) => {
      const isOf = isOuter || delta['type'] === `${stem}${DELTA}`;
      return isOf && places.every((name) => delta[name] === event[name]) ? [id] : [];
    });
  }
}

const named = (value: JSONObject): DialectEvent => ({ name: String(value['type']), value });

/** What the texts of an event are, by its type. */
function originOf(type: string): TextOrigin {
  if (type.includes('_arguments')) return ARGUMENTS;
  if (/_(?:input|code|command|diff)(?:\.|$)/.test(type)) return TOOL_INPUT;
  return type.includes('reasoning') ? THOUGHT : SAID;
}
