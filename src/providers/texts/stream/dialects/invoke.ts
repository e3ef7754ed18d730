/** Chunks of InvokeModelWithResponseStream: the events of the model's own API, known by their members. */
import { type Dialect, type DialectEvent, type EventReading, Reading } from '../dialect.ts';
import type { Block } from '../judge.ts';
import { elements, type JSONObject, member } from '../json-value.ts';
import { AnthropicDialect } from './anthropic.ts';
import { CompletionsDialect } from './completions.ts';
import { ConverseDialect } from './converse.ts';
import { addTrace } from './strings.ts';
import { COHERE, COMPLETE, LLAMA, MISTRAL, SingleTextDialect, TITAN } from './single-text.ts';

/** What Bedrock's own guardrail found. */
const TRACE = 'amazon-bedrock-trace';

/** What the first event of a family has. */
const FAMILIES: readonly (readonly [member: string, dialect: (event: JSONObject) => Dialect])[] = [
  ['completion', () => new SingleTextDialect(COMPLETE)],
  ['generation', () => new SingleTextDialect(LLAMA)],
  ['outputText', () => new SingleTextDialect(TITAN)],
  ['outputs', () => new SingleTextDialect(MISTRAL)],
  ['is_finished', () => new SingleTextDialect(COHERE)],
  ['choices', (event) => new CompletionsDialect(typeof member(elements(event['choices'])[0], 'text') !== 'string')],
  ['type', () => new AnthropicDialect()],
  ['messageStart', () => new ConverseDialect(true, false)],
  ['contentBlockStart', () => new ConverseDialect(true, false)],
  ['contentBlockDelta', () => new ConverseDialect(true, false)],
];

/** Families by what their models' names hold; for answers of which nothing has come. */
const BY_MODEL: readonly (readonly [name: string, member: string])[] = [
  ['anthropic', 'type'],
  ['nova', 'messageStart'],
  ['llama', 'generation'],
  ['titan', 'outputText'],
  ['mistral', 'outputs'],
  ['cohere', 'is_finished'],
];

export class InvokeDialect implements Dialect {
  readonly isNumbered = false;
  readonly #model: string;
  readonly #inChunks: boolean;
  #family: Dialect | undefined;

  /** `model`: as the call names it. `inChunks`: of an event stream of AWS, not the model's events as they are (some gateways). */
  constructor(model: string, inChunks: boolean) {
    this.#model = model;
    this.#inChunks = inChunks;
  }

  read(event: JSONObject): EventReading | undefined {
    this.#family ??= FAMILIES.find(([name]) => name in event)?.[1](event);
    const reading = this.#family?.read(event, undefined);
    if (reading === undefined || !(TRACE in event)) return reading;
    const traced = new Reading();
    addTrace(traced, event[TRACE], [TRACE]);
    return { ...reading, wholes: [...reading.wholes, ...traced.wholes] };
  }

  sent(event: JSONObject): void {
    this.#family?.sent(event, undefined);
  }

  rest(block: Block, text: string): DialectEvent {
    const family = this.#family ?? this.#byModel();
    return this.#wrapped(family.rest(block, text));
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    this.#family ??= this.#byModel();
    const events = this.#family.blockedEnd(message, undefined);
    const own = this.#inChunks ? events.filter(({ value }) => value !== '[DONE]') : events;
    return own.map((event) => this.#wrapped(event));
  }

  #wrapped(event: DialectEvent): DialectEvent {
    return this.#inChunks ? { name: 'chunk', value: event.value } : event;
  }

  /** OpenAI's form when the name says nothing: most others have it. */
  #byModel(): Dialect {
    const known = BY_MODEL.find(([name]) => this.#model.includes(name))?.[1] ?? 'choices';
    return FAMILIES.find(([name]) => name === known)?.[1]({}) ?? new CompletionsDialect(true);
  }
}
