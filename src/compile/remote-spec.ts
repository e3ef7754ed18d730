/** Reads what a Guardrail says of judges elsewhere, and names the Secrets that it needs for them. */
import {
  bedrockBaseURL,
  DEFAULT_CA_SECRET_KEY,
  DEFAULT_EVALUATION_TIMEOUT,
  DEFAULT_MODERATION_MODEL,
  DEFAULT_WEBHOOK_KEY,
} from '../api/defaults.ts';
import type { EvaluatorEntry, FilterEntry, RemoteEntry, TopicEntry } from '../table/types.ts';
import { awsCredential, credentialRefs, secretKey, type AWSCredentialSpec, type SecretKey } from './credential-spec.ts';
import { resolveCredential } from './credential-values.ts';
import type { Problem } from './problems.ts';
import { readCA, readKeyText, type Secrets, type SecretValue } from './secret-values.ts';
import { distinct, integer, list, objectOf, oneOf, SpecError, string } from './spec-values.ts';
import { baseURLOf, httpURL } from './url-value.ts';

/** A judge whose secrets are still where the spec says that they are. */
export type EvaluatorSpec =
  | (Omit<Extract<EvaluatorEntry, { kind: 'Bedrock' }>, 'source'> & { readonly source: AWSCredentialSpec })
  | Extract<EvaluatorEntry, { kind: 'OpenAIModeration' }>
  | {
      readonly kind: 'HTTP';
      readonly url: string;
      readonly secret: SecretKey | undefined;
      readonly ca: SecretKey | undefined;
    };

export type RemoteSpec = Omit<RemoteEntry, 'evaluators'> & { readonly evaluators: readonly EvaluatorSpec[] };

type Members = Readonly<Record<string, unknown>>;

/** The fields of `spec` that are read here. */
export const REMOTE_FIELDS = ['contentPolicies', 'bedrock', 'timeoutMilliseconds'] as const;

const POLICIES = 'contentPolicies';
const CATEGORIES = ['Hate', 'Insults', 'Sexual', 'Violence', 'Misconduct', 'PromptAttack'] as const;
const STRENGTHS = ['None', 'Low', 'Medium', 'High'] as const;

/** Undefined: nobody is asked. */
export function readRemoteSpec(spec: Members): RemoteSpec | undefined {
  const { contentPolicies, bedrock, timeoutMilliseconds } = spec;
  if (contentPolicies === undefined && bedrock === undefined) {
    if (timeoutMilliseconds === undefined) return undefined;
    throw new SpecError('`timeoutMilliseconds` must not be set without `contentPolicies` or `bedrock`');
  }
  const policies =
    contentPolicies === undefined
      ? undefined
      : objectOf(contentPolicies, POLICIES, ['filters', 'deniedTopics', 'evaluator']);
  const filters = list(policies?.['filters'], `${POLICIES}.filters`, 6).map((item, i) =>
    filter(item, `${POLICIES}.filters[${String(i)}]`),
  );
  const topics = list(policies?.['deniedTopics'], `${POLICIES}.deniedTopics`, 30).map((item, i) =>
    topic(item, `${POLICIES}.deniedTopics[${String(i)}]`),
  );
  const judge = policies && evaluator(policies['evaluator'], filters, topics);
  return {
    timeoutMilliseconds: integer(timeoutMilliseconds ?? DEFAULT_EVALUATION_TIMEOUT, 'timeoutMilliseconds', 100, 30_000),
    filters: distinct(filters, `${POLICIES}.filters`, ({ category }) => category),
    deniedTopics: distinct(topics, `${POLICIES}.deniedTopics`, ({ name }) => name),
    evaluators: [
      ...(judge === undefined ? [] : [judge]),
      ...(bedrock === undefined ? [] : [bedrockGuardrail(bedrock)]),
    ],
  };
}

/** Every key of a Secret that the judges need. */
export function remoteRefs(remote: RemoteSpec | undefined): readonly SecretKey[] {
  return (remote?.evaluators ?? []).flatMap((each) => {
    if (each.kind === 'Bedrock') return credentialRefs({ kind: 'AWS', source: each.source });
    return each.kind === 'HTTP' ? [each.secret, each.ca].filter((ref) => ref !== undefined) : [];
  });
}

/** The judges with the values from their Secrets, or everything that is wrong with them. */
export function resolveRemote(
  secrets: Secrets,
  namespace: string,
  remote: RemoteSpec,
): { readonly remote: RemoteEntry } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const evaluators = remote.evaluators.flatMap((each): readonly EvaluatorEntry[] => {
    if (each.kind === 'OpenAIModeration') return [each];
    if (each.kind === 'Bedrock') {
      const resolved = resolveCredential(secrets, namespace, { kind: 'AWS', source: each.source });
      if ('problems' in resolved) problems.push(...resolved.problems);
      else if (resolved.credential.kind === 'AWS') return [{ ...each, source: resolved.credential.source }];
      return [];
    }
    const { kind, url } = each;
    const secret = each.secret && valueOf(readKeyText(secrets, namespace, each.secret), problems);
    const tlsCA = each.ca && valueOf(readCA(secrets, namespace, each.ca), problems);
    return [{ kind, url, ...(secret !== undefined && { secret }), ...(tlsCA !== undefined && { tlsCA }) }];
  });
  return problems.length > 0 ? { problems } : { remote: { ...remote, evaluators } };
}

function valueOf<T>(read: SecretValue<T>, problems: Problem[]): T | undefined {
  if ('value' in read) return read.value;
  problems.push(read.problem);
  return undefined;
}

function filter(value: unknown, field: string): FilterEntry {
  const found = objectOf(value, field, ['category', 'inputStrength', 'outputStrength']);
  const strength = (key: string): FilterEntry['inputStrength'] =>
    oneOf(found[key] ?? 'None', `${field}.${key}`, STRENGTHS);
  const category = oneOf(found['category'], `${field}.category`, CATEGORIES);
  return { category, inputStrength: strength('inputStrength'), outputStrength: strength('outputStrength') };
}

function topic(value: unknown, field: string): TopicEntry {
  const found = objectOf(value, field, ['name', 'definition', 'examples']);
  return {
    name: string(found['name'], `${field}.name`, 63),
    definition: string(found['definition'], `${field}.definition`, 1000),
    examples: list(found['examples'], `${field}.examples`, 5).map((example, i) =>
      string(example, `${field}.examples[${String(i)}]`, 256),
    ),
  };
}

function evaluator(value: unknown, filters: readonly FilterEntry[], topics: readonly TopicEntry[]): EvaluatorSpec {
  const at = `${POLICIES}.evaluator`;
  const { openAIModeration, http } = objectOf(value, at, ['openAIModeration', 'http']);
  if ((openAIModeration === undefined) === (http === undefined)) {
    throw new SpecError(`\`${at}\` must have exactly one of \`openAIModeration\` and \`http\``);
  }
  if (http !== undefined) return webhook(http, `${at}.http`);
  const isKnown = filters.length > 0 && filters.every(({ category }) => category !== 'PromptAttack');
  if (!isKnown || topics.length > 0) {
    throw new SpecError(
      `\`${at}.openAIModeration\` needs \`filters\`, and knows no 'PromptAttack' and no \`deniedTopics\``,
    );
  }
  return moderation(openAIModeration, `${at}.openAIModeration`);
}

function webhook(value: unknown, at: string): EvaluatorSpec {
  const { url, secretRef, tls } = objectOf(value, at, ['url', 'secretRef', 'tls']);
  const secret = secretRef === undefined ? undefined : secretKey(secretRef, `${at}.secretRef`, DEFAULT_WEBHOOK_KEY);
  const caSecretRef = tls === undefined ? undefined : objectOf(tls, `${at}.tls`, ['caSecretRef'])['caSecretRef'];
  const ca = tls === undefined ? undefined : secretKey(caSecretRef, `${at}.tls.caSecretRef`, DEFAULT_CA_SECRET_KEY);
  return { kind: 'HTTP', url: httpURL(url, `${at}.url`), secret, ca };
}

function moderation(value: unknown, at: string): EvaluatorSpec {
  const found = objectOf(value, at, ['providerRef', 'model']);
  const provider = string(
    objectOf(found['providerRef'], `${at}.providerRef`, ['name'])['name'],
    `${at}.providerRef.name`,
    63,
  );
  const model = string(found['model'] ?? DEFAULT_MODERATION_MODEL, `${at}.model`, 256);
  return { kind: 'OpenAIModeration', provider, model };
}

const GUARDRAIL_ID = /^([a-z0-9]+|arn:aws(-[a-z]+)*:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail\/[a-z0-9]+)$/;

function bedrockGuardrail(value: unknown): EvaluatorSpec {
  const found = objectOf(value, 'bedrock', ['identifier', 'version', 'region', 'baseURL', 'credentials']);
  const text = (key: string, maximum: number, form: RegExp): string => {
    const read = string(found[key], `bedrock.${key}`, maximum);
    if (!form.test(read)) throw new SpecError(`\`bedrock.${key}\` is not of the form that AWS asks for`);
    return read;
  };
  const region = text('region', 32, /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$/);
  const identifier = text('identifier', 2048, GUARDRAIL_ID);
  const ownRegion = identifier.startsWith('arn:') ? identifier.split(':')[3] : region;
  if (ownRegion !== region) {
    // AWS finds it nowhere else: every check would fail.
    throw new SpecError(
      `\`bedrock.identifier\` is of the region '${String(ownRegion)}', which \`bedrock.region\` must be too`,
    );
  }
  return {
    kind: 'Bedrock',
    identifier,
    version: text('version', 8, /^([1-9][0-9]{0,7}|DRAFT)$/),
    region,
    baseURL: baseURLOf(found['baseURL'] ?? bedrockBaseURL(region), 'bedrock.baseURL'),
    source: awsCredential(found['credentials'] ?? {}),
    attached: true,
  };
}
