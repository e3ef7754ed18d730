/** Events of ConverseStream. Nova's on InvokeModel are the same, each in an object whose one member is the event's name. */
import { type Dialect, type DialectEvent, type EventReading, NOTHING, Reading } from '../dialect.ts';
import type { Block, TextOrigin } from '../judge.ts';
import { indexOf, isObject, type JSONObject, member, type Path } from '../json-value.ts';
import { addStrings, addTrace, ARGUMENTS, isText, SAID, SIGNED_THOUGHT, THOUGHT, TOOL_OUTPUT } from './strings.ts';

const INDEX = 'contentBlockIndex';

/** Texts of a delta: where each is, and what it is. */
const TEXTS: readonly (readonly [path: readonly string[], origin: TextOrigin])[] = [
  [['text'], SAID],
  [['toolUse', 'input'], ARGUMENTS],
  [['reasoningContent', 'text'], THOUGHT],
];

/** Of models that sign what they think. */
const SIGNED_TEXTS: typeof TEXTS = TEXTS.map(([path, origin]) => [path, origin === THOUGHT ? SIGNED_THOUGHT : origin]);

/** Members of a delta's citations and tool results that are no words. */
const NO_WORDS: ReadonlySet<string> = new Set(['toolUseId', 'type', 'status', 'bytes', 'uri', 'format']);

/** Members of a delta that are read, or are no words. */
const KNOWN: ReadonlySet<string> = new Set(['text', 'toolUse', 'reasoningContent', 'image']);

const NO_USAGE = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

export class ConverseDialect implements Dialect {
  readonly isNumbered = false;
  /** Events are wrapped in an object of one member. */
  readonly #isWrapped: boolean;
  readonly #texts: typeof TEXTS;
  readonly #blocks = new Map<string, { index: number; path: readonly string[] }>();
  #state: 'Unbegun' | 'Begun' | 'Stopped' | 'Ended' = 'Unbegun';
  /** The block that the client has seen begin and not end. */
  #open: { index: number; isText: boolean; hasText: boolean } | undefined;
  #next = 0;

  constructor(isWrapped: boolean, isSigned: boolean) {
    this.#isWrapped = isWrapped;
    this.#texts = isSigned ? SIGNED_TEXTS : TEXTS;
  }

  read(event: JSONObject, frameName: string | undefined): EventReading | undefined {
    const { name, body, path } = this.#unwrap(event, frameName);
    switch (name) {
      case 'messageStart':
        return NOTHING;
      case 'contentBlockStart': {
        const reading = new Reading();
        for (const holder of ['toolResult', 'image']) {
          const value = member(member(body, 'start'), holder);
          addStrings(reading, value, [...path, 'start', holder], TOOL_OUTPUT, NO_WORDS);
        }
        return reading;
      }
      case 'contentBlockDelta':
        return this.#delta(body, path);
      case 'contentBlockStop':
        return { ...NOTHING, ends: this.#idsOf(indexOf(body, INDEX)) };
      case 'messageStop': {
        const reading = new Reading();
        const name = 'additionalModelResponseFields';
        addStrings(reading, member(body, name), [...path, name], SAID);
        reading.ends = 'All';
        return reading;
      }
      case 'metadata': {
        const reading = new Reading();
        addTrace(reading, member(body, 'trace'), [...path, 'trace']);
        reading.ends = 'All';
        return reading;
      }
      default:
        return undefined;
    }
  }

  sent(event: JSONObject, frameName: string | undefined): void {
    const { name, body } = this.#unwrap(event, frameName);
    const index = indexOf(body, INDEX);
    switch (name) {
      case 'messageStart':
        this.#state = 'Begun';
        break;
      case 'contentBlockStart':
        this.#begin(index, false);
        break;
      case 'contentBlockDelta':
        // Blocks of text begin with their first delta.
        if (this.#open?.index !== index) this.#begin(index, typeof textOf(body) === 'string');
        if (this.#open !== undefined) this.#open.hasText ||= isText(textOf(body));
        break;
      case 'contentBlockStop':
        this.#open = undefined;
        for (const id of this.#idsOf(index)) this.#blocks.delete(id);
        break;
      case 'messageStop':
        this.#state = 'Stopped';
        break;
      case 'metadata':
        this.#state = 'Ended';
        break;
      default:
    }
  }

  rest({ id }: Block, text: string): DialectEvent {
    const { index = 0, path = ['text'] } = this.#blocks.get(id) ?? {};
    let delta: unknown = text;
    for (const name of path.toReversed()) delta = { [name]: delta };
    return this.#event('contentBlockDelta', { [INDEX]: index, delta });
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    const events: DialectEvent[] = [];
    if (this.#state === 'Ended') return events;
    if (this.#state === 'Unbegun') events.push(this.#event('messageStart', { role: 'assistant' }));
    if (this.#state !== 'Stopped') {
      const open = this.#open;
      if (open?.isText === false) events.push(this.#event('contentBlockStop', { [INDEX]: open.index }));
      const index = open?.isText === true ? open.index : this.#next;
      if (message !== '') {
        const text = open?.hasText === true ? `\n\n${message}` : message;
        events.push(this.#event('contentBlockDelta', { [INDEX]: index, delta: { text } }));
      }
      if (open?.isText === true || message !== '') events.push(this.#event('contentBlockStop', { [INDEX]: index }));
      events.push(this.#event('messageStop', { stopReason: 'guardrail_intervened' }));
    }
    return [...events, this.#event('metadata', { usage: NO_USAGE, metrics: { latencyMs: 0 } })];
  }

  #begin(index: number, isText: boolean): void {
    this.#open = { index, isText, hasText: false };
    this.#next = index + 1;
  }

  #idsOf(index: number): readonly string[] {
    return [...this.#blocks].flatMap(([id, block]) => (block.index === index ? [id] : []));
  }

  #delta(body: unknown, path: Path): EventReading | undefined {
    const delta = member(body, 'delta');
    if (!isObject(delta)) return undefined;
    const reading = new Reading();
    const index = indexOf(body, INDEX);
    for (const [place, origin] of this.#texts) {
      const text = place.reduce<unknown>(member, delta);
      if (typeof text !== 'string') continue;
      const id = `${index}/${place[0]}`;
      if (!this.#blocks.has(id)) this.#blocks.set(id, { index, path: place });
      reading.piece({ id, ...origin }, [...path, 'delta', ...place], text);
    }
    for (const [name, value] of Object.entries(delta)) {
      const origin = name === 'toolResult' ? TOOL_OUTPUT : SAID;
      if (!KNOWN.has(name)) addStrings(reading, value, [...path, 'delta', name], origin, NO_WORDS);
    }
    return reading;
  }

  #unwrap(event: JSONObject, frameName: string | undefined): { name: string | undefined; body: unknown; path: Path } {
    if (!this.#isWrapped) return { name: frameName, body: event, path: [] };
    // The last event has figures of Bedrock's beside its own.
    const name = Object.keys(event).find((key) => !key.startsWith('amazon-bedrock-'));
    return { name, body: name === undefined ? undefined : event[name], path: name === undefined ? [] : [name] };
  }

  #event(name: string, body: JSONObject): DialectEvent {
    return this.#isWrapped ? { name: undefined, value: { [name]: body } } : { name, value: body };
  }
}

const textOf = (body: unknown): unknown => member(member(body, 'delta'), 'text');
