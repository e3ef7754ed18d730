import type { ProviderEntry } from '../../table/types.ts';
import { hasAllowlist } from '../allowlist.ts';
import { FURTHER_NAME_LENGTHS } from '../further-models.ts';
import type { KnownMembers } from '../shared/body-members.ts';
import { JSONBodyScanner } from '../shared/json-body.ts';
import { invalidJSON } from '../shared/invalid-json.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import type { BodyScan, BodyScanner, Operation, UpstreamRequestHead } from '../wire.ts';
import { ConverseMembers, DEPTH } from './converse-members.ts';

/** Members of a Claude message's body (beta: server-side fallback and its credit), as in Anthropic's own API. */
const KNOWN_MEMBERS: KnownMembers = new Map([
  ['fallbacks', 'Models'],
  ['fallback_credit_token', 'Harmless'],
]);

/** What InvokeModel takes is the model's own, in JSON: a model that it names beside the path's must be allowed, too. */
class InvokeScanner implements BodyScanner {
  readonly #model: string;
  readonly #body = new JSONBodyScanner({ allowlist: true, injectUsage: false, knownMembers: KNOWN_MEMBERS });

  constructor(model: string) {
    this.#model = model;
  }

  push(chunk: Buffer): void {
    this.#body.push(chunk);
  }

  end(): BodyScan {
    const scan = this.#body.end();
    if (scan.kind === 'Invalid') return scan;
    const named = scan.model === undefined ? scan.toolModels : [scan.model, ...scan.toolModels];
    return { ...scan, model: this.#model, toolModels: named };
  }
}

/** The body of Converse, of which one member goes to the model as it is. */
class ConverseScanner implements BodyScanner {
  readonly #model: string;
  readonly #scanner: JSONScanner;

  constructor(model: string) {
    const members = new ConverseMembers();
    const nameLengths = new Set(FURTHER_NAME_LENGTHS);
    this.#model = model;
    this.#scanner = new JSONScanner(members, { reportDepth: DEPTH, maxDepth: 512, validateUTF8: true, nameLengths });
    members.scanner = this.#scanner;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): BodyScan {
    this.#scanner.end();
    const { fault } = this.#scanner;
    if (fault !== undefined) {
      return invalidJSON(fault);
    }
    return { kind: 'Valid', model: this.#model, toolModels: [], stream: false, splices: [], stripUsage: false };
  }
}

/**
 * The scanner for the body of a call of Bedrock's own. Its model stands in the path; only under an allowlist is the body
 * looked at, for further ones. Bedrock takes every body for JSON, whatever its content type says.
 */
export function bodyScanner(
  { model, metered }: Operation,
  { path }: UpstreamRequestHead,
  entry: ProviderEntry,
): BodyScanner | undefined {
  if (model.in !== 'Head' || !metered || !hasAllowlist(entry)) return undefined;
  return /\/converse(?:-stream)?$/.test(path) ? new ConverseScanner(model.model) : new InvokeScanner(model.model);
}
