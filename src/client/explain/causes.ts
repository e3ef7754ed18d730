/** What each code of the gateway means for one request: where it stopped, and what to do about it. */
import type { ExplainedRequest } from '../gateway/documents.ts';
import { shell } from '../providers/snippets/quote.ts';
import { entryOf } from './entry-of.ts';

/** What a request goes through, in this order. */
export const STAGES = [
  'Caller',
  'Route',
  'Right',
  'Request',
  'Guardrails',
  'Upstream',
  'Answer',
  'Usage',
  'End',
] as const;
export type Stage = (typeof STAGES)[number];

export interface Cause {
  readonly stage: Stage;
  /** What happened, unless the record has the words of the refusal. */
  readonly what: string;
  readonly hint: (request: ExplainedRequest) => string;
  /** Page and heading of the documentation. */
  readonly docs: string;
}

const ANSWERS = 'docs/callers.md#answers';
const UPSTREAM = 'docs/troubleshooting.md#callers-get-502-or-504';

export const CAUSES: Readonly<Record<string, Cause>> = {
  InvalidRequest: {
    stage: 'Request',
    what: 'it is not a request that the gateway can pass on',
    hint: () => 'mend the request: the message that the caller got says what is wrong',
    docs: ANSWERS,
  },
  GuardrailBlocked: {
    stage: 'Guardrails',
    what: 'a guardrail does not let it pass',
    hint: () => 'the same text is refused again: take out what the rule is about, or ask the owner of the Guardrail',
    docs: 'docs/guardrails.md',
  },
  Unauthenticated: {
    stage: 'Caller',
    what: 'the caller is not known',
    hint: ({ reason }) => (reason === undefined ? undefined : entryOf(REASONS, reason)) ?? 'fetch a new token',
    docs: 'docs/troubleshooting.md#callers-get-401',
  },
  Forbidden: {
    stage: 'Right',
    what: 'the caller may not do this',
    hint: grant,
    docs: 'docs/troubleshooting.md#callers-get-403-forbidden',
  },
  ProviderDisabled: {
    stage: 'Upstream',
    what: 'the provider is disabled',
    hint: (request) => `whoever may change it can say: tidegate provider enable ${named(request)}`,
    docs: 'docs/troubleshooting.md#disabled',
  },
  ModelNotAllowed: {
    stage: 'Request',
    what: 'the model is not on the allowlist',
    hint: (request) => `what is allowed: tidegate provider models ${named(request)}`,
    docs: ANSWERS,
  },
  ProviderNotFound: {
    stage: 'Route',
    what: 'there is no such provider',
    hint: () => 'check name and namespace in the URL: "tidegate provider list" shows those that there are',
    docs: 'docs/troubleshooting.md#callers-get-404-providernotfound',
  },
  NotFound: {
    stage: 'Route',
    what: "the URL is none of the gateway's",
    hint: () => 'check the URL: "tidegate provider get" shows that of a provider',
    docs: ANSWERS,
  },
  RequestNotFound: {
    stage: 'Request',
    what: 'it asked for the record of another request, which this proxy does not have',
    hint: () => '"tidegate explain" asks every proxy for it',
    docs: 'docs/troubleshooting.md#one-request',
  },
  MethodNotAllowed: {
    stage: 'Route',
    what: 'the URL is not for this method',
    hint: () => 'use the method that the header Allow of the answer names',
    docs: ANSWERS,
  },
  RequestTimeout: {
    stage: 'Request',
    what: 'it did not arrive in time',
    hint: () => 'look at the network of the caller, and at whether it sends the body without long pauses',
    docs: ANSWERS,
  },
  RequestTooLarge: {
    stage: 'Request',
    what: 'its body is larger than the gateway takes',
    hint: () => 'send less, or have limits.requestBytes of the gateway raised',
    docs: ANSWERS,
  },
  InternalError: {
    stage: 'End',
    what: 'the gateway failed',
    hint: () => 'a defect: report it with what the log of this proxy says for the request id',
    docs: ANSWERS,
  },
  UpstreamUnreachable: {
    stage: 'Upstream',
    what: 'it could not be reached, or broke off',
    hint: (request) => `whether it can be reached now: tidegate provider test ${named(request)}`,
    docs: UPSTREAM,
  },
  UpstreamTimeout: {
    stage: 'Upstream',
    what: 'it did not answer in time',
    hint: (request) =>
      `whether it answers now: tidegate provider test ${named(request)}; ` +
      'for slow models spec.timeouts.firstByteSeconds can be raised',
    docs: UPSTREAM,
  },
  UpstreamFailed: {
    stage: 'Upstream',
    what: 'it told in the middle of its answer that it had failed',
    hint: () => 'try again, and look at the status page of the provider',
    docs: UPSTREAM,
  },
  ModelListUnreadable: {
    stage: 'Upstream',
    what: 'its list of models cannot be cut down to the allowed ones',
    hint: (request) => `what is allowed: tidegate provider models ${named(request)}`,
    docs: ANSWERS,
  },
  CredentialsUnavailable: {
    stage: 'Upstream',
    what: 'the gateway has no credentials for it',
    hint: (request) => `why: ${described(request)}`,
    docs: 'docs/troubleshooting.md#callers-get-503-credentialsunavailable',
  },
  GuardrailUnavailable: {
    stage: 'Guardrails',
    what: 'a guardrail of the provider cannot be used, so that nothing passes',
    hint: (request) => `which and why: ${described(request)}`,
    docs: 'docs/troubleshooting.md#guardrailnotready',
  },
  IdentityUnavailable: {
    stage: 'Caller',
    what: 'whoever vouches for callers could not be asked',
    hint: () => 'it passes when the API server or the issuer answers again; /readyz of the proxy names it',
    docs: 'docs/troubleshooting.md#callers-get-503-identityunavailable',
  },
  Overloaded: {
    stage: 'Route',
    what: 'the proxy had as much in hand as it may',
    hint: () => 'try again after Retry-After; when it comes often, add replicas',
    docs: 'docs/operations.md#scaling',
  },
  NotReady: {
    stage: 'Route',
    what: 'the proxy had no routing table yet',
    hint: () => 'try again; when it stays, look at the log of this proxy and of the operator',
    docs: 'docs/troubleshooting.md#notserved',
  },
  Draining: {
    stage: 'Route',
    what: 'the proxy was about to end',
    hint: () => 'try again: another proxy takes it',
    docs: 'docs/operations.md#draining',
  },
  ClientDisconnected: {
    stage: 'End',
    what: 'the caller hung up',
    hint: () => 'look at the timeouts of the caller, and of what stands between it and the gateway',
    docs: 'docs/operations.md#logs',
  },
};

/** A guardrail is there and ready, and whom it asks gave no verdict. */
const NO_VERDICT: Cause = {
  stage: 'Guardrails',
  what: 'a judge elsewhere gave no verdict',
  hint: ({ guardrails = [] }) => {
    const silent = guardrails.find(({ reason }) => reason !== undefined);
    return (
      `it passes when the judge of ${silent?.guardrail ?? 'the Guardrail'} answers again: the log of this proxy says ` +
      'more ("a judge elsewhere gave no verdict"); whether calls pass without a verdict, the Guardrail says'
    );
  },
  docs: 'docs/guardrail-webhook.md#what-becomes-of-its-answer',
};

/** An allowlist, and a call of which the gateway cannot tell the model. */
const NO_MODEL: Cause = {
  stage: 'Request',
  what: 'the provider has an allowlist, and this call names no model that can be compared with it',
  hint: (request) =>
    `check the end of the URL and the model; what is allowed: tidegate provider models ${named(request)}`,
  docs: ANSWERS,
};

/** Undefined: there is none, or one of a version that is not known here. */
export function causeOf({ code, model, guardrails = [] }: ExplainedRequest): Cause | undefined {
  if (code === 'ModelNotAllowed' && model === undefined) return NO_MODEL;
  if (code === 'GuardrailUnavailable' && guardrails.some(({ reason }) => reason !== undefined)) return NO_VERDICT;
  return code === undefined ? undefined : entryOf(CAUSES, code);
}

/** By the `reason` of a 401. */
const REASONS: Readonly<Record<string, string>> = {
  missing: 'send a token; when the caller did, something on the way takes the header Authorization',
  malformed: 'it sent something that is no token: a key of a provider, or one that was cut or quoted on its way',
  unknown_issuer: 'its token is of an issuer that is not configured: compare with authentication.jwt[].issuer.url',
  wrong_algorithm: 'let the issuer sign with RS256, ES256 or EdDSA',
  wrong_type: 'send the access token, not the one that says who signed in',
  wrong_audience: 'ask the issuer for a token that is meant for this gateway',
  expired: 'fetch a new token; look at the clocks of issuer and gateway',
  not_yet_valid: 'look at the clocks of issuer and gateway',
  unknown_key: 'its issuer does not publish the key that signed it: it may be of another installation, or forged',
  bad_signature: 'the token was changed on its way, or is forged',
  claims: 'a claim that names the caller is missing or not as it has to be: map another one, or let the issuer add it',
};

/** For an answer of the provider's own that says that it failed. */
export function upstreamHint(request: ExplainedRequest): string {
  const { status } = request;
  if (status === 429) return "the provider limits the rate, or the quota of the gateway's key is used up";
  if (status === 401 || status === 403 || status >= 500)
    return `whether the provider takes its key now: tidegate provider test ${named(request)}`;
  return "the answer is the provider's own: the caller has its words in the body";
}

/** Where the answers of providers are spoken of. */
export const UPSTREAM_DOCS = ANSWERS;

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The line that lets the caller in. */
function grant({ user, namespace, provider }: ExplainedRequest): string {
  if (user === undefined || namespace === undefined || provider === undefined)
    return 'the message that the caller got names what is missing';
  const account = SERVICE_ACCOUNT.exec(user);
  const subject =
    account === null ? `--user=${shell(user)}` : `--serviceaccount=${shell(`${account[1] ?? ''}:${account[2] ?? ''}`)}`;
  return (
    'whoever may can let the caller in: kubectl create rolebinding ' +
    `llm-caller -n ${shell(namespace)} --clusterrole=llmprovider-invoker ${subject}`
  );
}

function named({ provider = '', namespace }: ExplainedRequest): string {
  return shell(provider) + (namespace === undefined ? '' : ` -n ${shell(namespace)}`);
}

function described({ provider = '', namespace = '' }: ExplainedRequest): string {
  const object = `${shell(provider)} -n ${shell(namespace)}`;
  return `tidegate provider get ${object}; in a cluster also kubectl describe llmprovider ${object}`;
}
