import { FURTHER_NAME_LENGTHS } from '../further-models.ts';
import { invalidJSON } from './invalid-json.ts';
import { JSONScanner } from './json-scanner.ts';
import { namesOfInterest } from './json-visitor.ts';
import type { BodyScan, BodyScanner } from '../wire.ts';
import { BodyMembers, type KnownMembers } from './body-members.ts';
import { usageInjection } from './usage-injection.ts';

export interface JSONBodyOptions {
  /** An allowlist is set: also what only some servers would read as a model is invalid. */
  readonly allowlist: boolean;
  /** Ask for the usage of a stream when the client did not. */
  readonly injectUsage: boolean;
  /** What the API means by members whose names look as though a model were in them. Default: none is known. */
  readonly knownMembers?: KnownMembers;
}

/** Deeper nesting than any real request has, and less than the recursion limits of common servers. */
const MAX_DEPTH = 512;

/** How the members of a body are scanned; `reportDepth` is that of {@link BodyMembers}. */
const SCAN = {
  reportDepth: 2,
  maxDepth: MAX_DEPTH,
  validateUTF8: true,
  nameLengths: namesOfInterest('model', 'stream', 'stream_options', 'include_usage'),
} as const;

/** The same when further models are looked for. */
export const SCAN_WITH_ALLOWLIST = {
  ...SCAN,
  nameLengths: new Set([...SCAN.nameLengths, ...FURTHER_NAME_LENGTHS]),
} as const;

/** Scans a JSON request body. */
export class JSONBodyScanner implements BodyScanner {
  readonly #members: BodyMembers;
  readonly #scanner: JSONScanner;
  readonly #options: JSONBodyOptions;

  constructor(options: JSONBodyOptions) {
    this.#options = options;
    this.#members = new BodyMembers(options.allowlist, options.knownMembers);
    this.#scanner = new JSONScanner(this.#members, options.allowlist ? SCAN_WITH_ALLOWLIST : SCAN);
    this.#members.scanner = this.#scanner;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): BodyScan {
    this.#scanner.end();
    const fault = this.#scanner.fault;
    if (fault !== undefined) return invalidJSON(fault);
    const { model, toolModels, stream } = this.#members;
    const injection = this.#options.injectUsage ? usageInjection(this.#members) : undefined;
    return {
      kind: 'Valid',
      model,
      toolModels: [...toolModels],
      stream: stream?.kind === 'true',
      splices: injection === undefined ? [] : [injection],
      stripUsage: injection !== undefined,
    };
  }
}
