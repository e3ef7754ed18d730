/** The judges of every Guardrail of the table in force: made once for a version of a Guardrail, kept while it is there. */
import { createCredentialSource } from '../../../aws/credential-source.ts';
import { strengthOf } from '../../../guardrails/remote/policies.ts';
import type { EvaluatorEntry, GuardrailEntry, RemoteEntry } from '../../../table/types.ts';
import { Upstream } from '../../upstream/upstream.ts';
import type { UpstreamLimits } from '../../upstream/upstream.ts';
import { Evaluation, type Judge } from './evaluation.ts';
import { FailureLog, type FailureListener } from './failure-log.ts';
import type { RemoteEvaluator } from './port.ts';
import { bedrockTarget, moderationTarget, webhookTarget, type CalledProvider, type Target } from './targets.ts';

export interface EvaluatorOptions {
  readonly limits: UpstreamLimits;
  /** A provider of the table in force. */
  readonly provider: (namespace: string, name: string) => CalledProvider | undefined;
  /** Hears of each fetch of credentials that failed, in words that hold no secret. */
  readonly onCredentialFailure: ((message: string) => void) | undefined;
  /** Hears of judges that gave no verdict, of those that are alike once a minute. */
  readonly onJudgeFailure: FailureListener | undefined;
}

export class Evaluators {
  readonly #options: EvaluatorOptions;
  readonly #failures: FailureLog | undefined;
  #evaluations = new Map<GuardrailEntry, Evaluation>();

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#failures = options.onJudgeFailure && new FailureLog(options.onJudgeFailure);
  }

  /** Undefined: the Guardrail asks nobody. */
  of(entry: GuardrailEntry): RemoteEvaluator | undefined {
    if (entry.remote === undefined) return undefined;
    let evaluation = this.#evaluations.get(entry);
    if (evaluation === undefined) {
      evaluation = this.#build(entry, entry.remote);
      this.#evaluations.set(entry, evaluation);
    }
    return evaluation;
  }

  /** Keeps those of these Guardrails. The others end when what they were asked is answered. */
  keep(entries: readonly GuardrailEntry[]): void {
    const kept = new Set(entries);
    for (const [entry, evaluation] of this.#evaluations) {
      if (kept.has(entry)) continue;
      evaluation.retire();
      this.#evaluations.delete(entry);
    }
  }

  #build(entry: GuardrailEntry, remote: RemoteEntry): Evaluation {
    const judges = remote.evaluators.map((evaluator): Judge => {
      const isTold = evaluator.kind === 'OpenAIModeration';
      return {
        target: this.#target(entry, remote, evaluator),
        isAttached: evaluator.kind === 'Bedrock' && evaluator.attached,
        watches: (direction) => !isTold || remote.filters.some((filter) => strengthOf(filter, direction) !== 'None'),
      };
    });
    const guardrail = `${entry.namespace}/${entry.name}`;
    return new Evaluation(judges, remote.timeoutMilliseconds, (failure) => {
      this.#failures?.note({ guardrail, ...failure });
    });
  }

  #target({ namespace, name }: GuardrailEntry, remote: RemoteEntry, evaluator: EvaluatorEntry): Target {
    const { limits, provider, onCredentialFailure } = this.#options;
    const timeouts = { connectSeconds: remote.timeoutMilliseconds / 1000 };
    const connect = (url: string, tlsCA?: string): Upstream =>
      new Upstream({ timeouts, ...(tlsCA !== undefined && { tlsCA }) }, url, limits);
    switch (evaluator.kind) {
      case 'HTTP':
        return webhookTarget(
          { name: `${namespace}/${name}`, policies: remote },
          evaluator,
          connect(evaluator.url, evaluator.tlsCA),
        );
      case 'OpenAIModeration':
        return moderationTarget(evaluator, remote.filters, () => provider(namespace, evaluator.provider));
      case 'Bedrock': {
        const { source, region, baseURL } = evaluator;
        const options = { name: `${namespace}-${name}`, region, onFailure: onCredentialFailure };
        return bedrockTarget(evaluator, connect(baseURL), createCredentialSource(source, options));
      }
      default:
        throw new Error('an evaluator is of no known kind');
    }
  }
}
