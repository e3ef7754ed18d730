/** Chunks of OpenAI's chat completions and completions, and of the many servers that speak them. */
import { type Dialect, type DialectEvent, type EventReading, NOTHING, Reading } from '../dialect.ts';
import type { Block } from '../judge.ts';
import { elements, indexOf, isObject, type JSONObject, member, type Path } from '../json-value.ts';
import { addStrings, ARGUMENTS, isText, SAID, TOOL_INPUT, TOOL_OUTPUT } from './strings.ts';
import { type ChoicePiece, choicePieces, KNOWN_DELTAS, KNOWN_PROVIDER_FIELDS, PROVIDER_FIELDS } from './chat-pieces.ts';

/** Members of a chunk that are the same in each. */
const COMMON: readonly string[] = [
  'id',
  'object',
  'created',
  'model',
  'service_tier',
  'system_fingerprint',
  'provider',
];

/** Members of a choice that say in another form what its text says. */
const ECHOES: readonly string[] = ['logprobs', 'token_ids'];

/** Members within deltas that nobody knows that are no words. */
const NO_WORDS: ReadonlySet<string> = new Set(['id', 'type', 'url', 'data', 'b64_json', 'format', 'signature']);

/** Members of a message that are text. */
const REPEATED: readonly string[] = ['content', 'refusal', 'reasoning_content', 'reasoning'];

const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** What has been read of one choice. */
interface Choice {
  /** The group of texts that goes on, and its blocks by the names of their pieces. */
  group: string | undefined;
  /** Of a tool's call: its id, when that is known. Servers that number all calls alike tell them apart by it alone. */
  callID: string | undefined;
  blocks: Map<string, Block>;
  /** How many groups there were before it. */
  generation: number;
}

export class CompletionsDialect implements Dialect {
  readonly isNumbered = false;
  readonly #isChat: boolean;
  readonly #choices = new Map<number, Choice>();
  /** How each block goes on. */
  readonly #continuations = new Map<string, { index: number; choice: ChoicePiece['choice'] }>();
  /** Blocks that have ended with the last event that was read. */
  #ended: string[] = [];
  #common: JSONObject;
  /** Choices that the client has seen, and whether each has finished. */
  readonly #seen = new Map<number, { finished: boolean; hasText: boolean }>();
  #usage: unknown;
  #isEnded = false;

  constructor(isChat: boolean) {
    this.#isChat = isChat;
    this.#common = {
      id: isChat ? 'chatcmpl-tidegate' : 'cmpl-tidegate',
      object: isChat ? 'chat.completion.chunk' : 'text_completion',
      created: 0,
      model: '',
    };
  }

  read(event: JSONObject): EventReading | undefined {
    const { choices } = event;
    for (const id of this.#ended) this.#continuations.delete(id);
    this.#ended = [];
    if (!Array.isArray(choices)) return 'error' in event ? readFailure(event) : undefined;
    if (choices.length === 0) return NOTHING;
    this.#common = commonOf(event, this.#common);
    const reading = new Reading();
    for (const [position, choice] of choices.entries()) {
      if (!isObject(choice)) return undefined;
      this.#choice(reading, choice, position);
    }
    return reading;
  }

  sent(event: JSONObject): void {
    // Where usage was asked for, chunks without it say null.
    const { usage } = event;
    if (usage !== undefined && (usage !== null || this.#usage === undefined)) this.#usage = usage;
    if ('error' in event) this.#isEnded = true;
    for (const choice of elements(event['choices'])) {
      const index = indexOf(choice);
      const seen = this.#seen.get(index) ?? { finished: false, hasText: false };
      seen.finished ||= hasFinished(choice);
      seen.hasText ||= isText(member(choice, 'text')) || isText(member(member(choice, 'delta'), 'content'));
      this.#seen.set(index, seen);
    }
  }

  rest({ id }: Block, text: string): DialectEvent {
    const { index = 0, choice } = this.#continuations.get(id) ?? {};
    return this.#chunk([{ index, ...choice?.(text), logprobs: null, finish_reason: null }]);
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    if (this.#isEnded) return [];
    if (this.#seen.size === 0) this.#seen.set(0, { finished: false, hasText: false });
    const events: DialectEvent[] = [];
    for (const [index, { finished, hasText }] of this.#seen) {
      if (finished) continue;
      const text = hasText && message !== '' ? `\n\n${message}` : message;
      const role = hasText ? {} : { role: 'assistant' };
      if (this.#isChat && text !== '') {
        events.push(this.#chunk([{ index, delta: { ...role, content: text }, logprobs: null, finish_reason: null }]));
      }
      const last = this.#isChat ? { delta: {} } : { text };
      events.push(this.#chunk([{ index, ...last, logprobs: null, finish_reason: 'content_filter' }]));
    }
    if (this.#usage !== undefined) {
      events.push({ name: undefined, value: { ...this.#common, choices: [], usage: this.#usage ?? NO_USAGE } });
    }
    return [...events, { name: undefined, value: '[DONE]' }];
  }

  #chunk(choices: readonly JSONObject[]): DialectEvent {
    return { name: undefined, value: { ...this.#common, choices, ...(this.#usage !== undefined && { usage: null }) } };
  }

  #choice(reading: Reading, choice: JSONObject, position: number): void {
    const index = indexOf(choice);
    const base = ['choices', position];
    for (const piece of choicePieces(choice)) {
      const block = this.#block(reading, index, piece);
      reading.piece(block, [...base, ...piece.path], piece.text);
    }
    this.#unlike(reading, choice, base);
    if (isObject(choice['delta'])) {
      if (choice['message'] !== undefined) this.#repeated(reading, choice, [...base, 'message']);
      for (const name of Object.keys(choice['delta'])) {
        if (KNOWN_DELTAS.has(name)) continue;
        const without = name === PROVIDER_FIELDS ? KNOWN_PROVIDER_FIELDS : NO_WORDS;
        addStrings(reading, choice['delta'][name], [...base, 'delta', name], TOOL_OUTPUT, without);
      }
    }
    for (const name of ECHOES) {
      // Most servers write that there are none.
      if (choice[name] !== null && choice[name] !== undefined) reading.echo([...base, name], choice[name], 'null');
    }
    if (hasFinished(choice)) this.#endGroup(reading, index);
  }

  /** What is of another form than where a text grows from chunk to chunk, and so whole: arguments as an object. */
  #unlike(reading: Reading, choice: JSONObject, base: Path): void {
    for (const holder of ['delta', 'message']) {
      const said = choice[holder];
      const old = ['function_call', 'arguments'];
      addUnlessString(reading, at(said, old), [...base, holder, ...old]);
      for (const [i, call] of elements(member(said, 'tool_calls')).entries()) {
        for (const place of CALLED)
          addUnlessString(reading, at(call, place), [...base, holder, 'tool_calls', i, ...place]);
      }
    }
  }

  /** Some servers say everything so far in each chunk, or all in the last: only there nothing of it can be half a match. */
  #repeated(reading: Reading, choice: JSONObject, path: Path): void {
    const { message } = choice;
    const isLast = hasFinished(choice);
    for (const name of REPEATED) {
      const value = member(message, name);
      if (isLast) addStrings(reading, value, [...path, name], SAID);
      else reading.echoOfAll([...path, name], value, '""');
    }
    for (const [i, call] of elements(member(message, 'tool_calls')).entries()) {
      const place = [...path, 'tool_calls', i, 'function', 'arguments'];
      const value = member(member(call, 'function'), 'arguments');
      if (isLast) reading.whole(ARGUMENTS, place, value);
      else reading.echoOfAll(place, value, '""');
    }
  }

  #block(reading: Reading, index: number, piece: ChoicePiece): Block {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { group: undefined, callID: undefined, blocks: new Map(), generation: 0 };
      this.#choices.set(index, choice);
    }
    const isOtherCall = piece.callID !== undefined && choice.callID !== undefined && piece.callID !== choice.callID;
    if (choice.group !== piece.group || isOtherCall) {
      this.#endGroup(reading, index);
      choice.group = piece.group;
    }
    choice.callID ??= piece.callID;
    let block = choice.blocks.get(piece.name);
    if (block === undefined) {
      const id = `${index}/${piece.name}/${choice.generation}`;
      block = { id, scope: piece.isTool ? 'ToolInput' : 'Assistant', kind: piece.kind };
      choice.blocks.set(piece.name, block);
      this.#continuations.set(id, { index, choice: piece.choice });
    }
    return block;
  }

  /** What comes after is another text, should it be of the same name. */
  #endGroup(reading: Reading, index: number): void {
    const choice = this.#choices.get(index);
    if (choice === undefined) return;
    for (const { id } of choice.blocks.values()) {
      reading.end(id);
      this.#ended.push(id);
    }
    choice.blocks = new Map();
    choice.group = undefined;
    choice.callID = undefined;
    choice.generation++;
  }
}

/** Groq tells what the model had said of a call of a tool that went wrong. */
function readFailure(event: JSONObject): EventReading {
  const reading = new Reading();
  reading.whole(SAID, ['error', 'failed_generation'], member(event['error'], 'failed_generation'));
  reading.ends = 'All';
  return reading;
}

/** Where a call of a tool says with what. */
const CALLED: readonly (readonly string[])[] = [
  ['function', 'arguments'],
  ['custom', 'input'],
];

const at = (value: unknown, path: readonly string[]): unknown => path.reduce<unknown>(member, value);

function addUnlessString(reading: Reading, value: unknown, path: Path): void {
  if (typeof value === 'object') addStrings(reading, value, path, TOOL_INPUT);
}

const hasFinished = (choice: unknown): boolean =>
  typeof (member(choice, 'finish_reason') ?? member(choice, 'stop_reason')) === 'string';

function commonOf(event: JSONObject, before: JSONObject): JSONObject {
  const { id, created, model } = event;
  if (before['id'] === id && before['created'] === created && before['model'] === model) return before;
  const known = COMMON.filter((name) => event[name] !== undefined);
  return { ...before, ...Object.fromEntries(known.map((name) => [name, event[name]])) };
}
