/** A record as a story: what the request went through, in order, and where it stopped. Pure. */
import type { ExplainedRequest, RequestRecordDocument } from '../gateway/documents.ts';
import { CAUSES, causeOf, STAGES, UPSTREAM_DOCS, upstreamHint, type Cause, type Stage } from './causes.ts';
import { entryOf } from './entry-of.ts';
import { guardrailWords } from './guardrail-words.ts';
import { count, duration, size } from './units.ts';

/** `Skipped`: it did not come to that, or nobody can tell. */
export type Mark = 'Passed' | 'Failed' | 'Noted' | 'Skipped';

export interface Step {
  readonly stage: Stage;
  readonly mark: Mark;
  readonly text: string;
}

export interface Story {
  readonly isFailure: boolean;
  /** Status, and the code of a failure. */
  readonly result: string;
  readonly request: string;
  readonly proxy: string;
  readonly startedAt: string | undefined;
  readonly steps: readonly Step[];
  /** What to do about a failure. */
  readonly hint: string | undefined;
  /** Page and heading of the documentation; undefined where there is nothing to be mended. */
  readonly docs: string | undefined;
}

export function storyOf({ proxy, request }: RequestRecordDocument): Story {
  const { status, code, method = '', path = '', requestId } = request;
  const cause = causeOf(request);
  const isUpstreams = code === undefined && status >= 400;
  const stop =
    cause === undefined ? (isUpstreams ? 'Upstream' : code === undefined ? undefined : 'End') : whereOf(request, cause);
  const what = request.message ?? wordsOf(cause, request);
  const steps = STAGES.flatMap((stage) => stepOf(stage, request, stop, what));
  return {
    isFailure: status >= 400 || code !== undefined,
    result: code === undefined ? String(status) : `${String(status)} ${code}`,
    request: [method, path, requestId].filter((word) => word !== '').join(' '),
    proxy,
    startedAt: request.startedAt,
    steps,
    hint: isUpstreams ? upstreamHint(request) : cause?.hint(request),
    docs: isUpstreams ? UPSTREAM_DOCS : cause?.docs,
  };
}

function wordsOf(cause: Cause | undefined, { reason }: ExplainedRequest): string | undefined {
  return cause === undefined || reason === undefined ? cause?.what : `${cause.what} (${reason})`;
}

/** What had been sent to the provider was let in: a refusal after that ended it in its midst. */
function whereOf({ code, forwarded, user, guardrails = [] }: ExplainedRequest, { stage }: Cause): Stage {
  // It is asked who the caller is, and then what the caller may.
  if (code === 'IdentityUnavailable' && user !== undefined) return 'Right';
  if (forwarded !== true || isFrom(stage, 'Upstream')) return stage;
  const isOfAnswer = guardrails.some(({ action, direction, mode }) => {
    return (action === 'Block' || action === 'Failed') && direction === 'Output' && mode !== 'Audit';
  });
  return stage === 'Guardrails' && isOfAnswer ? 'Answer' : 'End';
}

function isFrom(stage: Stage, first: Stage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(first);
}

/** @param stop where it stopped; undefined: it came through */
function stepOf(
  stage: Stage,
  request: ExplainedRequest,
  stop: Stage | undefined,
  what: string | undefined,
): readonly Step[] {
  if (stage === 'End') return [endOf(request, stop === 'End', what)];
  const facts = FACTS[stage](request, stop);
  if (stage === stop) return [{ stage, mark: 'Failed', text: joined([facts?.text, what], ': ') }];
  // What a request that was stopped did not come to is not spoken of; usage may have been counted until then.
  const isBeyond = stop !== undefined && stop !== 'End' && isFrom(stage, stop) && stage !== 'Usage';
  if (isBeyond || facts === undefined) return [];
  return [{ stage, mark: facts.mark ?? 'Passed', text: facts.text }];
}

interface Facts {
  readonly text: string;
  /** Default `Passed`. */
  readonly mark?: Mark;
}

/** Enough to compare it with the annotation of a Lease. */
const SHOWN_OF_REVISION = 12;
/** A body that takes so long is spoken of. */
const SLOW_BODY_MS = 100;

/** What is told of each stage; undefined: it did not come to it, or there is nothing to tell. */
const FACTS: Readonly<
  Record<Exclude<Stage, 'End'>, (request: ExplainedRequest, stop: Stage | undefined) => Facts | undefined>
> = {
  Caller: ({ user, agent, groups = [], groupsOmitted = 0, code }) => {
    if (user === undefined)
      return code === 'Unauthenticated' || code === 'IdentityUnavailable'
        ? undefined
        : { mark: 'Skipped', text: 'nobody was asked who they are' };
    const more = groupsOmitted > 0 ? ` and ${count(groupsOmitted)} more` : '';
    return {
      text: joined([
        user,
        agent === undefined ? undefined : `with the program ${agent}`,
        groups.length === 0 ? undefined : `groups ${groups.join(', ')}${more}`,
      ]),
    };
  },
  Route: ({ namespace, provider, type, generation, revision, code, requested }) => {
    if (provider === undefined) {
      const wanted = requested?.provider;
      if (wanted !== undefined) return { mark: 'Skipped', text: nameOf(wanted, requested?.namespace) };
      return entryOf(CAUSES, code ?? '')?.stage === 'Route' ? undefined : { text: "the gateway's own" };
    }
    return {
      text: joined([
        nameOf(provider, namespace) + (type === undefined ? '' : ` (${type})`),
        generation === undefined ? undefined : `generation ${String(generation)}`,
        revision === undefined ? undefined : `routing table ${revision.slice(0, SHOWN_OF_REVISION)}`,
      ]),
    };
  },
  Right: ({ provider, user, forwarded, operation }, stop) => {
    if (provider === undefined || user === undefined || stop === 'Right') return undefined;
    const cameFurther = stop !== undefined && stop !== 'End' && isFrom(stop, 'Request');
    const isAllowed = forwarded === true || operation !== undefined || cameFurther;
    return isAllowed ? { text: `may invoke ${provider}` } : undefined;
  },
  Request: ({ operation, model, protocol, requestBytes, streamed, waitedMs = 0 }) =>
    operation === undefined && model === undefined
      ? undefined
      : {
          text: joined([
            [operation, model].filter((word) => word !== undefined).join(' with '),
            streamed === true ? 'streamed' : undefined,
            requestBytes === undefined || requestBytes === 0 ? undefined : size(requestBytes),
            waitedMs < SLOW_BODY_MS ? undefined : `its body took ${duration(waitedMs)} to arrive`,
            protocol,
          ]),
        },
  Guardrails: (request) => guardrailsOf(request, 'Input'),
  Upstream: ({ status, code, upstreamMs, firstByteMs, servedModel, model }) => {
    if (upstreamMs === undefined) return undefined;
    const first = firstByteMs === undefined ? undefined : `first byte of the answer after ${duration(firstByteMs)}`;
    const answered = code === undefined && status >= 400 ? `it answered with ${String(status)} itself` : undefined;
    const other = servedModel === undefined || servedModel === model ? undefined : `served by ${servedModel}`;
    return { text: joined([answered, other, `took ${duration(upstreamMs)}`, first]) };
  },
  Answer: (request) => guardrailsOf(request, 'Output'),
  Usage: ({ tokens = {}, serviceTier, usageMissing, costUSD, costUSDByClass = {}, unpricedTokens = {} }) => {
    const counted = Object.entries(tokens).map(([name, number]) => {
      const cost = entryOf(costUSDByClass, name);
      return `${name} ${count(number)}${cost === undefined ? '' : ` (USD ${cost})`}`;
    });
    const unpriced = Object.keys(unpricedTokens);
    if (counted.length === 0 && usageMissing === undefined) return undefined;
    return {
      mark: usageMissing === undefined ? 'Passed' : 'Noted',
      text: joined([
        counted.length === 0 ? undefined : `tokens: ${counted.join(', ')}`,
        serviceTier === undefined ? undefined : `service tier ${serviceTier}`,
        costUSD === undefined ? undefined : `together USD ${costUSD}`,
        unpriced.length === 0 ? undefined : `no price for ${unpriced.join(', ')}`,
        usageMissing === undefined ? undefined : (entryOf(MISSING, usageMissing) ?? `missing: ${usageMissing}`),
      ]),
    };
  },
};

/** By the `usageMissing` of a record. */
const MISSING: Readonly<Record<string, string>> = {
  not_reported: 'the provider told no usage',
  client_disconnected: 'the caller hung up before the usage came',
  blocked: 'a guardrail ended the answer before the usage came',
  upstream_failed: 'no usage came: the provider could not be reached, or broke off',
  undecodable: 'the answer is compressed in a way that the gateway does not read',
  unparsable: 'the answer is not what the API of the provider says',
  too_large: 'the part of the answer with the usage is too large to be looked at',
};

function guardrailsOf({ guardrails = [] }: ExplainedRequest, direction: string): Facts | undefined {
  const outcomes = guardrails.filter((outcome) => outcome.direction === direction);
  if (outcomes.length === 0) return undefined;
  const isClean = outcomes.every(({ action }) => action === 'Allow');
  return { mark: isClean ? 'Passed' : 'Noted', text: outcomes.map(guardrailWords).join('; ') };
}

function endOf(request: ExplainedRequest, isStop: boolean, what: string | undefined): Step {
  const { status, code, totalMs, ownMs, responseBytes } = request;
  const text = joined([
    isStop ? what : undefined,
    code === 'ClientDisconnected' ? undefined : `${String(status)} to the caller`,
    totalMs === undefined ? undefined : `after ${duration(totalMs)}`,
    ownMs === undefined ? undefined : `${duration(ownMs)} of it the gateway's own`,
    responseBytes === undefined || responseBytes === 0 ? undefined : size(responseBytes),
  ]);
  return { stage: 'End', mark: isStop ? 'Failed' : code === undefined && status < 400 ? 'Passed' : 'Noted', text };
}

function nameOf(provider: string, namespace: string | undefined): string {
  return `the provider ${namespace === undefined ? '' : `${namespace}/`}${provider}`;
}

function joined(parts: readonly (string | undefined)[], separator = ', '): string {
  return parts.filter((part) => part !== undefined && part !== '').join(separator);
}
