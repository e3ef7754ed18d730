import type { AudioTokens, MeteredUsage, TokenCounts, UsageMissingReason } from '../../usage/record.ts';
import { TOKEN_CLASSES } from '../../usage/record.ts';

const AUDIO_PARTS = ['input', 'cachedInput', 'output'] as const satisfies readonly (keyof AudioTokens)[];

/** The sum of what the responses of one session used: its usage record. */
export class SessionUsage {
  readonly #tokens: TokenCounts = {};
  readonly #audio: { -readonly [K in keyof AudioTokens]: AudioTokens[K] } = {};
  #hasAudio = false;
  #isMetered = false;
  #model: string | undefined;
  /** Of the first response without a figure. */
  #missing: UsageMissingReason | undefined;

  add(usage: MeteredUsage): void {
    if (usage.kind === 'NotMetered') return;
    this.#model ??= usage.model;
    if (usage.kind === 'Missing') {
      this.#missing ??= usage.reason;
      return;
    }
    this.#isMetered = true;
    this.#missing ??= usage.incomplete;
    for (const name of TOKEN_CLASSES) {
      const count = usage.tokens[name];
      if (count !== undefined) this.#tokens[name] = (this.#tokens[name] ?? 0) + count;
    }
    if (usage.audio !== undefined) this.#addAudio(usage.audio);
  }

  /** `NotMetered` when there was no response. */
  get sum(): MeteredUsage {
    const model = this.#model === undefined ? {} : { model: this.#model };
    const missing = this.#missing;
    if (this.#isMetered) {
      return {
        kind: 'Metered',
        tokens: this.#tokens,
        ...model,
        ...(this.#hasAudio && { audio: this.#audio }),
        ...(missing !== undefined && { incomplete: missing }),
      };
    }
    return missing === undefined ? { kind: 'NotMetered' } : { kind: 'Missing', reason: missing, ...model };
  }

  #addAudio(audio: AudioTokens): void {
    this.#hasAudio = true;
    for (const part of AUDIO_PARTS) {
      const count = audio[part];
      if (count !== undefined) this.#audio[part] = (this.#audio[part] ?? 0) + count;
    }
  }
}
