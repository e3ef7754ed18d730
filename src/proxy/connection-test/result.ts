/** What a connection test answers: the upstream's words or the gateway's, without anything secret. Pure. */
import type { ConnectionTestAnswer, ConnectionTestFinding } from '../../providers/wire.ts';
import { describeFailure } from '../upstream/failure.ts';
import type { FailureKind } from '../upstream/failure.ts';
import { networkHint, statusHint } from './hints.ts';
import type { ConnectionTestRequest } from './request-body.ts';
import { withoutSecrets } from './secrets.ts';
import { TestTimeout } from './upstream-call.ts';

/** Characters of an upstream's message that are passed on. */
const MAX_MESSAGE_CHARACTERS = 1000;

/** Of a page that no API answers with. */
const MAX_PAGE_CHARACTERS = 300;

/** Why a test failed, to program against. */
export type FailureReason = FailureKind | 'CredentialsUnavailable' | 'UpstreamError';

/** The body of the answer. */
export interface ConnectionTestResult {
  readonly namespace: string;
  readonly provider: string;
  readonly model?: string;
  readonly passed: boolean;
  /** Whether the provider may have billed the call. */
  readonly billed: boolean;
  /** Rounded to whole ones. */
  readonly durationMilliseconds: number;
  /** What the upstream answered, when it did. `message` is its own. */
  readonly upstream?: { readonly status: number; readonly message?: string };
  /** Only when it failed. */
  readonly reason?: FailureReason;
  /** Says in a sentence what is wrong. Only when it failed. */
  readonly message?: string;
  /** What to do about it, or what a pass does not prove. */
  readonly hint?: string;
}

/** What every result says. */
export interface ResultFrame {
  readonly request: ConnectionTestRequest;
  readonly billed: boolean;
  readonly durationMilliseconds: number;
}

function frame({ request, billed, durationMilliseconds }: ResultFrame, passed: boolean) {
  const { namespace, provider, model } = request;
  return {
    namespace,
    provider,
    ...(model === undefined ? {} : { model }),
    passed,
    billed,
    durationMilliseconds: Math.round(durationMilliseconds),
  };
}

/** Every API of every provider answers in JSON. What is 200 and something else is a web page: of a sign-in, say. */
function checked(finding: ConnectionTestFinding, answer: ConnectionTestAnswer): ConnectionTestFinding {
  const { status, body } = answer;
  const isKnown = status >= 300 || answer.header('content-encoding') !== undefined || /^\s*[[{]/.test(body);
  if (finding.kind === 'Failed' || isKnown) return finding;
  return {
    kind: 'Failed',
    message: body.slice(0, MAX_PAGE_CHARACTERS),
    hint: "What answers there is no API: check host and path of the provider's base URL, and any proxy in between.",
  };
}

/** The upstream answered, and the wire has said what that means. */
export function answeredResult(
  known: ResultFrame,
  answer: ConnectionTestAnswer,
  told: ConnectionTestFinding,
  secrets: readonly string[],
): ConnectionTestResult {
  const { status } = answer;
  const finding = checked(told, answer);
  if (finding.kind === 'Passed') return { ...frame(known, true), upstream: { status } };
  const message = shortened(withoutSecrets(finding.message, secrets));
  const hint = finding.hint === undefined ? statusHint(status) : withoutSecrets(finding.hint, secrets);
  return {
    ...frame(known, false),
    upstream: { status, ...(message === '' ? {} : { message }) },
    reason: 'UpstreamError',
    message: `The upstream of the provider "${known.request.provider}" answered with status ${status}.`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The provider passes its callers' own credentials on, the test had none, and was told so: as far as that goes, a pass. */
export function withoutCredentialResult(known: ResultFrame, answer: ConnectionTestAnswer): ConnectionTestResult {
  const passed = known.request.model === undefined;
  const hint =
    "The provider is reachable. It takes its callers' own credentials, and this test carried none: to test with yours, " +
    "send it in Authorization or x-api-key, and the gateway's token in X-Tidegate-Authorization.";
  const failure = {
    reason: 'UpstreamError',
    message: `The provider "${known.request.provider}" asks for the caller's own credential, so no model could be called.`,
  } as const;
  return { ...frame(known, passed), upstream: { status: answer.status }, ...(passed ? {} : failure), hint };
}

/** There was no whole answer. `wasSent`: the request had gone out. */
export function failedResult(known: ResultFrame, error: unknown, wasSent: boolean): ConnectionTestResult {
  const { kind, reason } =
    error instanceof TestTimeout
      ? { kind: 'TimedOut' as const, reason: `gave ${error.message}` }
      : describeFailure(error);
  return {
    ...frame(known, false),
    reason: kind,
    message: `The upstream of the provider "${known.request.provider}" ${reason}.`,
    hint: networkHint(kind, wasSent),
  };
}

/** There were no credentials to sign with; `why` is of a `CredentialError` and names no secret. */
export function credentialsResult(known: ResultFrame, why: string): ConnectionTestResult {
  return {
    ...frame(known, false),
    reason: 'CredentialsUnavailable',
    message: `The provider "${known.request.provider}" cannot be called: ${why}.`,
    hint: "Check spec.bedrock.credentials, and the identity of the gateway's own pods that they begin with.",
  };
}

function shortened(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > MAX_MESSAGE_CHARACTERS ? `${trimmed.slice(0, MAX_MESSAGE_CHARACTERS)}…` : trimmed;
}
