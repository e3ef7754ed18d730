/** A gateway as the commands see it. */
import { CommandError, EXIT } from '../../command/io.ts';
import { VERSION } from '../../telemetry/version.ts';
import { requireObjectName } from '../names.ts';
import { plain } from '../output/style.ts';
import type { ClientSettings, TokenSource } from '../types.ts';
import type {
  AuthenticationDocument,
  ConnectionTestDocument,
  ProviderDocument,
  RequestRecordDocument,
} from './documents.ts';
import { ask, type Answer } from './exchange.ts';
import { isAuthentication, isConnectionTest, isProvider, isProviderList } from './document-shapes.ts';
import { isRequestRecord } from './record-shape.ts';
import { isObject } from './shapes.ts';

const PREFIX = '/llm/v1';
/** A test of a provider with a model may take a minute. */
const TEST_MILLISECONDS = 90_000;
/** A record is at hand or is not. */
const RECORD_MILLISECONDS = 10_000;

/**
 * What one proxy says of a request.
 *
 * - `Found`: it served it
 * - `NotFound`: it has no record of it; `proxy` is undefined where something on the way takes the header away
 * - `Unsupported`: it is of a version that keeps no records
 */
export type RequestLookup =
  | { readonly kind: 'Found'; readonly record: RequestRecordDocument }
  | { readonly kind: 'NotFound'; readonly proxy: string | undefined }
  | { readonly kind: 'Unsupported' };

export class Gateway {
  readonly settings: ClientSettings;
  readonly #tokens: TokenSource | undefined;
  readonly #signal: AbortSignal | undefined;

  /** @param tokens undefined: calls carry none */
  constructor(settings: ClientSettings, tokens: TokenSource | undefined, signal?: AbortSignal) {
    this.settings = settings;
    this.#tokens = tokens;
    this.#signal = signal;
  }

  /** How callers are known there. Needs no token; with one it says who the caller is. */
  async authentication(): Promise<AuthenticationDocument> {
    return this.#json('GET', '/authentication', undefined, isAuthentication);
  }

  /** Those that the caller may get. */
  async providers(): Promise<readonly ProviderDocument[]> {
    const { providers } = await this.#json('GET', `${this.#inNamespace()}/providers`, undefined, isProviderList);
    return providers;
  }

  /** Rejects with exit status `forbidden` where the caller may not get it, `failure` where there is none. */
  async provider(name: string): Promise<ProviderDocument> {
    const path = `${this.#inNamespace()}/providers/${requireObjectName('provider', name)}`;
    return this.#json('GET', path, undefined, isProvider);
  }

  async testConnection(provider: string, model: string | undefined): Promise<ConnectionTestDocument> {
    const { namespace } = this.settings;
    requireObjectName('provider', provider);
    const body = { ...(namespace !== undefined && { namespace }), provider, ...(model !== undefined && { model }) };
    return this.#json('POST', '/connection-tests', body, isConnectionTest);
  }

  /**
   * Asks one proxy, over a connection of its own, so that the next call may come to another one. Rejects with exit status
   * `forbidden` where that proxy has the record and the caller may not see it.
   */
  async requestRecord(id: string): Promise<RequestLookup> {
    const { answer, variable } = await this.#ask({
      method: 'GET',
      path: `/requests/${encodeURIComponent(id)}`,
      timeoutMilliseconds: RECORD_MILLISECONDS,
    });
    const code = answer.header('x-tidegate-error');
    if (code === 'RequestNotFound') return { kind: 'NotFound', proxy: answer.header('x-tidegate-proxy') };
    if (code === 'NotFound') return { kind: 'Unsupported' };
    return { kind: 'Found', record: this.#read(answer, variable, (value) => isRequestRecord(value, id)) };
  }

  /** Where a provider's own API is, absolute. */
  providerURL({ url, name }: Pick<ProviderDocument, 'url' | 'name'>): string {
    // Behind another name than the gateway knows of itself, what the caller typed is what works.
    const path = url === undefined ? undefined : new URL(url, this.settings.url).pathname;
    const own = `${PREFIX}${this.#inNamespace()}/providers/${name}`;
    const at = path?.indexOf(`${PREFIX}/`) ?? -1;
    return this.settings.url + (path === undefined || at === -1 ? own : path.slice(at));
  }

  #inNamespace(): string {
    const { namespace } = this.settings;
    return namespace === undefined ? '' : `/namespaces/${namespace}`;
  }

  async #json<T>(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    isShape: (value: unknown) => value is T,
  ): Promise<T> {
    const { answer, variable } = await this.#ask({
      method,
      path,
      ...(body !== undefined && { body, timeoutMilliseconds: TEST_MILLISECONDS }),
    });
    return this.#read(answer, variable, isShape);
  }

  async #ask({ method, path, body, timeoutMilliseconds }: Call): Promise<Answered> {
    const { url, ca } = this.settings;
    const token = await this.#tokens?.token();
    const answer = await ask({
      method,
      url: `${url}${PREFIX}${path}`,
      headers: {
        accept: 'application/json',
        'user-agent': `tidegate/${VERSION}`,
        ...(token !== undefined && { 'x-tidegate-authorization': `Bearer ${token.value.reveal()}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(timeoutMilliseconds !== undefined && { timeoutMilliseconds }),
      ca,
      ...(this.#signal !== undefined && { signal: this.#signal }),
    });
    return { answer, variable: token?.variable };
  }

  #read<T>(answer: Answer, variable: string | undefined, isShape: (value: unknown) => value is T): T {
    const { url } = this.settings;
    if (answer.status !== 200) throw refused(answer, url, variable);
    const value = parsed(answer.body);
    if (isShape(value)) return value;
    throw new CommandError(`${url} does not answer like a Tidegate gateway`, EXIT.failure, {
      hint: 'check the URL: it is the one before /llm/v1',
    });
  }
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMilliseconds?: number;
}

interface Answered {
  readonly answer: Answer;
  /** The environment variable that the token came from, if it did. */
  readonly variable: string | undefined;
}

/** Refusals that do not end by themselves, and what somebody has to mend. */
const MENDED_BY_PEOPLE: ReadonlyMap<string, string> = new Map([
  ['GuardrailUnavailable', "the provider's owner sees why in its status and in those of its Guardrails"],
  [
    'CredentialsUnavailable',
    "the provider's owner has to mend its Secret, or, of type Bedrock, the identity that the proxies have at AWS",
  ],
]);

/**
 * The gateway's refusal, or somebody else's, in its own words.
 *
 * @param variable the environment variable that the token came from, if it did
 */
export function refused(answer: Answer, url: string, variable?: string): CommandError {
  const { status } = answer;
  const code = answer.header('x-tidegate-error');
  const message = messageOf(parsed(answer.body));
  if (code === undefined) {
    const location = answer.header('location');
    const where = location === undefined ? '' : ` and sends to ${plain(location)}`;
    return new CommandError(`${url} answers with status ${status}${where}, not like a Tidegate gateway`, EXIT.failure, {
      hint: 'check the URL, and what stands between you and the gateway',
    });
  }
  const said = message ?? `the gateway answers with status ${status} (${plain(code)})`;
  if (status === 401) {
    const hint = variable === undefined ? '' : `set ${variable} anew, or unset it and `;
    return new CommandError(`no usable gateway token: ${said}`, EXIT.signIn, { hint: `${hint}run "tidegate login"` });
  }
  if (status === 403 && code !== 'Forbidden') return new CommandError(said, EXIT.forbidden);
  if (status === 403)
    return new CommandError(said, EXIT.forbidden, {
      hint:
        'ask for a RoleBinding in that namespace: the ClusterRole llmprovider-invoker lets you call providers, ' +
        'llmprovider-viewer see them; "tidegate whoami" shows who you are',
    });
  if (code === 'ProviderNotFound') {
    return new CommandError(said, EXIT.failure, {
      hint: '"tidegate provider list" shows those that you may see; -n names another namespace',
    });
  }
  if (code === 'NotFound') {
    return new CommandError(said, EXIT.failure, {
      hint: 'check the URL: it is that of the gateway, with no path behind it',
    });
  }
  // A judge elsewhere that does not answer for a moment is nobody's to mend: the gateway says when to try again.
  const mend = MENDED_BY_PEOPLE.get(code);
  if (mend !== undefined && answer.header('retry-after') === undefined)
    return new CommandError(said, EXIT.failure, { hint: mend });
  if (status === 503 || status === 502)
    return new CommandError(said, EXIT.unreachable, { hint: 'try again in a moment' });
  return new CommandError(said, EXIT.failure);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { error } = value;
  const message = isObject(error) ? error['message'] : value['message'];
  return typeof message === 'string' ? plain(message) : undefined;
}
