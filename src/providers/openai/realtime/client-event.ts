import { FURTHER_NAME_LENGTHS, mayNameModel } from '../../further-models.ts';
import type { JSONKind } from '../../shared/json-visitor.ts';
import { addModel, TOO_MANY_MODELS } from '../../shared/named-models.ts';
import { type MemberListener, type MemberPath, textOf } from './member-paths.ts';

const MAX_MODEL_BYTES = 1024;

/** Deeper than any setting of a session is. */
const REPORT_DEPTH = 8;

export const CLIENT_EVENT_SCAN = {
  reportDepth: REPORT_DEPTH,
  maxDepth: 1024,
  validateUTF8: true,
  nameLengths: new Set([...FURTHER_NAME_LENGTHS, 'type'.length, 'item'.length]),
} as const;

/** Members that hold what is said or what the program's own functions are like: a model in there chooses nothing. */
const DATA: ReadonlySet<string> = new Set(['item', 'metadata', 'variables']);

/** The models that a client's event names, and what in it cannot be checked. */
export class ClientEvent implements MemberListener {
  readonly models = new Set<string>();
  problem: string | undefined;

  wants(path: MemberPath, kind: JSONKind): number {
    const name = path.at(-1);
    if (name === undefined || !mayNameModel(name) || isData(path)) return 0;
    if (name !== 'model') {
      this.problem ??= 'a member may name further models, which cannot be checked against the allowed models';
    } else if (kind === 'string') return MAX_MODEL_BYTES;
    else if (kind !== 'null') this.problem ??= '"model" must be a string';
    return 0;
  }

  found(_path: MemberPath, _kind: JSONKind, raw: Buffer | undefined): void {
    const model = textOf(raw);
    if (model === undefined) this.problem ??= `"model" is longer than ${MAX_MODEL_BYTES} bytes`;
    else if (!addModel(this.models, model)) this.problem ??= TOO_MANY_MODELS;
  }
}

/** Whether the member is somewhere in {@link DATA}, or in the schema of a tool, deeper than the tool's own settings. */
function isData(path: MemberPath): boolean {
  for (let i = 0; i < path.length - 1; i += 1) {
    const name = path[i];
    if (name === undefined) continue;
    if (DATA.has(name) || (name === 'parameters' && path.length - i > 2)) return true;
  }
  return false;
}
