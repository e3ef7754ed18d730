import type { ProviderEntry } from '../../table/types.ts';
import { hasAllowlist } from '../allowlist.ts';
import { FURTHER_NAME_LENGTHS } from '../further-models.ts';
import { bodyScanner as sharedScanner, uncheckable } from '../shared/body-scanner.ts';
import { invalidJSON } from '../shared/invalid-json.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { RefusingScanner } from '../shared/refusing-scanner.ts';
import type { BodyScan, BodyScanner, Operation, UpstreamRequestHead } from '../wire.ts';
import { GoogleBodyMembers } from './body-members.ts';
import { isGoogle, modelName } from './classify.ts';

const SCAN = { reportDepth: 2, maxDepth: 512, validateUTF8: true, nameLengths: new Set(FURTHER_NAME_LENGTHS) } as const;

/** A scan whose models are written as allowlists write them. */
function renamed(scan: BodyScan): BodyScan {
  if (scan.kind === 'Invalid') return scan;
  const { model, toolModels } = scan;
  return { ...scan, model: model === undefined ? undefined : modelName(model), toolModels: toolModels.map(modelName) };
}

class RenamingScanner implements BodyScanner {
  readonly #inner: BodyScanner;

  constructor(inner: BodyScanner) {
    this.#inner = inner;
  }

  push(chunk: Buffer): void {
    this.#inner.push(chunk);
  }

  end(): BodyScan {
    return renamed(this.#inner.end());
  }
}

/** Finds every model that a body of this API names. */
class GoogleBodyScanner implements BodyScanner {
  readonly #pathModel: string | undefined;
  readonly #members = new GoogleBodyMembers();
  readonly #scanner = new JSONScanner(this.#members, SCAN);

  /** `pathModel`: the model that runs, where the path names it; what the body names beside it must be allowed, too. */
  constructor(pathModel: string | undefined) {
    this.#pathModel = pathModel;
    this.#members.scanner = this.#scanner;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): BodyScan {
    this.#scanner.end();
    const { fault } = this.#scanner;
    if (fault !== undefined) return invalidJSON(fault);
    const { common, nestedModels } = this.#members;
    const beside = this.#pathModel === undefined || common.model === undefined ? [] : [common.model];
    return renamed({
      kind: 'Valid',
      model: this.#pathModel ?? common.model,
      toolModels: [...beside, ...nestedModels, ...common.toolModels],
      stream: common.stream?.kind === 'true',
      splices: [],
      stripUsage: false,
    });
  }
}

/**
 * The scanner for a request's body. A body whose model stands in the path is looked at under an allowlist only, for
 * models that it names beside the path's.
 */
export function bodyScanner(
  operation: Operation,
  head: UpstreamRequestHead,
  entry: ProviderEntry,
): BodyScanner | undefined {
  const { model } = operation;
  const pathModel = model.in === 'Head' ? model.model : undefined;
  if (isGoogle(operation) && hasAllowlist(entry) && (model.in === 'JSONBody' || pathModel !== undefined)) {
    if (!head.hasBody && pathModel !== undefined) return undefined;
    const problem = uncheckable(head, 'JSONBody');
    return problem === undefined ? new GoogleBodyScanner(pathModel) : new RefusingScanner(problem);
  }
  const inner = sharedScanner(operation, head, entry);
  return inner === undefined ? undefined : new RenamingScanner(inner);
}
