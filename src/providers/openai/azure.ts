/**
 * Azure OpenAI: OpenAI's API at the host of a resource. Its v1 API (`…/openai/v1`) is OpenAI's own; the one before it names
 * the model in the path, as a deployment: `…/openai/deployments/<deployment>/chat/completions?api-version=…`.
 * Source: Azure OpenAI's REST reference and the SDK's class `AzureOpenAI`.
 */
import type { ProviderEntry } from '../../table/types.ts';
import { isCanonicalPath } from '../shared/call-path.ts';
import { joinPath } from '../shared/join-path.ts';
import { decodeComponent } from '../shared/percent.ts';
import type { BodyScan, BodyScanner, Operation, UpstreamRequestHead } from '../wire.ts';
import { classify, modelInQuery } from './classify.ts';

/** Of the public cloud, Azure Government, and Azure operated by 21Vianet. */
const HOST = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/;

const DEPLOYMENT = /^(?:\/openai)?\/deployments\/([^/]+)(\/.+)$/;
const API = '/openai';

/** Whether a base URL is a resource of Azure's, which takes its key in `api-key`. */
export function isAzure(baseURL: string): boolean {
  return HOST.test(new URL(baseURL).hostname.toLowerCase());
}

/** Whether calls are addressed as Azure has it: at its hosts, and where the same API is behind another one. */
export function isAddressedAsAzure(baseURL: string): boolean {
  return baseURL.endsWith(API) || isAzure(baseURL);
}

/** The deployment that a path names; undefined when it names none in a form that is read in one way only. */
export function deploymentOf(path: string): { readonly name: string; readonly call: string } | undefined {
  const [, segment = '', call = ''] = DEPLOYMENT.exec(path) ?? [];
  const name = decodeComponent(segment);
  if (name === undefined || name === '' || name.includes('/') || !isCanonicalPath(call)) return undefined;
  return { name, call };
}

/** Which call a request is, on Azure as elsewhere. A deployment in the path counts on every host. */
export function classifyCall(head: UpstreamRequestHead, entry: ProviderEntry): Operation {
  const deployment = deploymentOf(head.path);
  if (deployment !== undefined) {
    const operation = classify(withPath(head, deployment.call));
    const { in: place } = operation.model;
    // Whatever else is below a deployment names no model that could be checked.
    return place === 'JSONBody' || place === 'Multipart'
      ? operation
      : { ...operation, model: { in: 'None', allowlisted: 'Refuse' } };
  }
  if (!head.path.startsWith(`${API}/`) && !head.query.includes('deployment')) return classify(head);
  if (!isAddressedAsAzure(entry.baseURL)) return classify(head);
  const path = head.path.startsWith(`${API}/`) ? head.path.slice(API.length) : head.path;
  const operation = classify(withPath(head, path));
  const isSession = operation.name === 'realtime' && isCanonicalPath(path) && !head.hasBody;
  return isSession ? { ...operation, model: modelInQuery(head.query, ['model', 'deployment']) } : operation;
}

function withPath(head: UpstreamRequestHead, path: string): UpstreamRequestHead {
  return { method: head.method, path, query: head.query, hasBody: head.hasBody, header: (name) => head.header(name) };
}

/** As everywhere; a base URL that ends in `/openai` or `/openai/v1` is not repeated: the SDK for Azure adds `/openai`. */
export function joinCallPath(entry: ProviderEntry, head: UpstreamRequestHead): string {
  const { baseURL } = entry;
  if (!head.path.startsWith(`${API}/`)) return joinPath(baseURL, head);
  const repeated = baseURL.endsWith(API) || (baseURL.endsWith(`${API}/v1`) && head.path.startsWith(`${API}/v1/`));
  return joinPath(baseURL, repeated ? { path: head.path.slice(API.length), query: head.query } : head);
}

/**
 * Scans the body of a call on a deployment: that is the model. A `model` in the body is ignored by Azure; another server
 * may go by it, so there it has to be allowed as well.
 */
export class DeploymentScanner implements BodyScanner {
  readonly #body: BodyScanner;
  readonly #deployment: string;
  readonly #bodyCounts: boolean;

  constructor(body: BodyScanner, deployment: string, entry: ProviderEntry) {
    this.#body = body;
    this.#deployment = deployment;
    this.#bodyCounts = !isAzure(entry.baseURL);
  }

  push(chunk: Buffer): void {
    this.#body.push(chunk);
  }

  end(): BodyScan {
    const scan = this.#body.end();
    if (scan.kind === 'Invalid') return scan;
    const named = this.#bodyCounts && scan.model !== undefined ? [scan.model] : [];
    return { ...scan, model: this.#deployment, toolModels: [...scan.toolModels, ...named] };
  }
}
