/**
 * The figures of one answer, in whatever words the model that gave it has: an ARN does not tell which family answers.
 * Sources: "Inference request parameters and response fields" and "Converse" in the Bedrock user guide, and the APIs of
 * the vendors.
 */
import { AnthropicUsage } from '../anthropic/usage.ts';
import { readUsage } from '../openai/usage.ts';
import type { TokenCounts, UsagePart } from '../../usage/record.ts';

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const has = (object: Members, ...names: readonly string[]): boolean =>
  names.some((name) => object[name] !== undefined && object[name] !== null);

/** What the documents of an answer have said so far. Later figures replace earlier ones, they never add up. */
export class Figures {
  /** A figure was there that is no count. */
  malformed = false;
  /** A figure was there that was too large to hold. */
  tooLarge = false;
  /** The figures cover the whole answer, not only its beginning. */
  isFinal = false;
  model: string | undefined;
  #tier: string | undefined;
  /** What the model itself reported, translated into Anthropic's words, which know most. */
  readonly #vendor = new AnthropicUsage();
  /** What a model with OpenAI's usage reported (gpt-oss, Qwen, DeepSeek, Mistral's newer ones). */
  #openAI: TokenCounts | undefined;
  /** What Bedrock reported beside it. */
  readonly #metrics = new AnthropicUsage();

  /** A `usage` of any shape. `isFinal`: it is not that of an answer's beginning. */
  usage(value: unknown, isFinal: boolean): void {
    if (!isMembers(value)) {
      this.malformed = true;
      return;
    }
    if (has(value, 'prompt_tokens', 'completion_tokens', 'input_tokens_details')) {
      const reading = readUsage(value);
      if (reading.kind === 'Tokens') this.#openAI = reading.tokens;
      this.#heard(reading.kind !== 'Malformed', isFinal);
    } else {
      const usage = has(value, 'inputTokens', 'outputTokens') ? fromConverse(value) : value;
      this.#heard(this.#vendor.read(usage) !== 'Malformed', isFinal);
    }
  }

  /** A count that stands by itself, as Llama and Titan report it. */
  count(direction: 'input' | 'output', value: unknown): void {
    this.#heard(this.#vendor.read({ [`${direction}_tokens`]: value }) !== 'Malformed', false);
  }

  /** `amazon-bedrock-invocationMetrics`, with which the stream of every family ends, or the headers of the same names. */
  metrics(value: unknown): void {
    if (!isMembers(value)) {
      this.malformed = true;
      return;
    }
    const usage = {
      input_tokens: value['inputTokenCount'],
      output_tokens: value['outputTokenCount'],
      cache_read_input_tokens: value['cacheReadInputTokenCount'],
      cache_creation_input_tokens: value['cacheWriteInputTokenCount'],
    };
    this.#heard(this.#metrics.read(usage) !== 'Malformed', has(value, 'outputTokenCount'));
  }

  serviceTierIs(value: unknown): void {
    const tier = isMembers(value) ? value['type'] : value;
    if (typeof tier === 'string') this.#tier = tier.toLowerCase();
  }

  get serviceTier(): string | undefined {
    return this.#vendor.serviceTier ?? this.#tier;
  }

  /**
   * The model's own figures, since they tell how long what was cached lives; what they lack is taken from Bedrock's.
   * Undefined while nothing is known of the call.
   */
  get tokens(): TokenCounts | undefined {
    if (this.parts !== undefined) return this.#vendor.tokens;
    const metrics = this.#metrics.tokens ?? {};
    const tokens = this.#openAI === undefined ? withMetrics(this.#vendor.tokens, metrics) : this.#openAI;
    const { input = metrics.input, output = metrics.output } = tokens;
    if (input === undefined && output === undefined) return undefined;
    return { ...tokens, ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
  }

  /** The calls that Claude made for one answer, when it made several: its own figures alone know of them. */
  get parts(): readonly UsagePart[] | undefined {
    return this.#openAI === undefined ? this.#vendor.parts : undefined;
  }

  #heard(valid: boolean, isFinal: boolean): void {
    if (!valid) this.malformed = true;
    else if (isFinal) this.isFinal = true;
  }
}

function withMetrics(tokens: TokenCounts | undefined, metrics: TokenCounts): TokenCounts {
  if (tokens === undefined) return metrics;
  const { cache_write: written, ...others } = metrics;
  const knowsWritten = has(tokens, 'cache_write', 'cache_write_5m', 'cache_write_1h');
  return { ...others, ...(written !== undefined && !knowsWritten && { cache_write: written }), ...tokens };
}

/** The usage of Converse and Nova in Anthropic's words: both leave what the cache served or took out of the input. */
function fromConverse(usage: Members): Members {
  return {
    input_tokens: usage['inputTokens'],
    output_tokens: usage['outputTokens'],
    cache_read_input_tokens: usage['cacheReadInputTokens'] ?? usage['cacheReadInputTokenCount'],
    cache_creation_input_tokens: usage['cacheWriteInputTokens'] ?? usage['cacheWriteInputTokenCount'],
    cache_creation: writtenByLifetime(usage['cacheDetails']),
    service_tier: usage['service_tier'],
  };
}

const LIFETIMES: ReadonlyMap<unknown, string> = new Map([
  ['5m', 'ephemeral_5m_input_tokens'],
  ['1h', 'ephemeral_1h_input_tokens'],
]);

/** `cacheDetails[{ttl, inputTokens}]`: what was written to the cache, by time to live. */
function writtenByLifetime(details: unknown): Record<string, number> | undefined {
  if (!Array.isArray(details)) return undefined;
  const written: Record<string, number> = {};
  for (const detail of details as readonly unknown[]) {
    if (!isMembers(detail)) continue;
    const name = LIFETIMES.get(detail['ttl']);
    if (name !== undefined) written[name] = (written[name] ?? 0) + Number(detail['inputTokens']);
  }
  return Object.keys(written).length === 0 ? undefined : written;
}
