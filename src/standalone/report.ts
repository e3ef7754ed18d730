import type { Verdict } from '../compile/types.ts';
import type { Logger } from '../telemetry/log.ts';
import type { CatalogResult, ObjectName, Problem } from './types.ts';

/** `file:line:column: kind/name: message`; the namespace is told unless it is `default`. */
export function formatProblem({ severity, file, line, column, object, message }: Problem): string {
  const about = object === undefined || object.name === '' ? '' : `${formatObject(object)}: `;
  return `${file}:${line}:${column}: ${about}${severity === 'warning' ? 'warning: ' : ''}${message}`;
}

/** Order by file, line and column. */
export function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

export function formatObject(object: ObjectName): string {
  const { kind, namespace, name } = object;
  return namespace === 'default' ? `${kind}/${name}` : `${kind}/${formatKey(object)}`;
}

/** `namespace/name`; just the name of an object that is in no namespace. */
export function formatKey({ namespace, name }: ObjectName): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Logs what is new since the last result: problems that came and went, and providers whose verdict has changed. */
export class ChangeLog {
  readonly #log: Logger;
  #problems: ReadonlyMap<string, Problem> = new Map();
  #verdicts: ReadonlyMap<string, string> = new Map();

  constructor(log: Logger) {
    this.#log = log;
  }

  write({ problems, compile, ignored }: CatalogResult): void {
    const now = new Map(problems.map((problem) => [formatProblem(problem), problem]));
    for (const [text, problem] of now) {
      if (this.#problems.has(text)) continue;
      this.#log[problem.severity === 'error' ? 'error' : 'warn']({ manifest: problem.file }, text);
    }
    for (const text of this.#problems.keys()) if (!now.has(text)) this.#log.info(`solved: ${text}`);
    this.#problems = now;

    const verdicts = new Map([...compile.verdicts].map(([key, verdict]) => [key, describe(verdict)]));
    for (const [key, verdict] of compile.verdicts) {
      const text = verdicts.get(key) ?? '';
      if (this.#verdicts.get(key) === text) continue;
      const fields = { provider: key, generation: verdict.generation };
      this.#log[verdict.outcome.kind === 'Broken' ? 'warn' : 'info'](fields, `LLMProvider "${key}": ${text}`);
    }
    for (const key of this.#verdicts.keys())
      if (!verdicts.has(key)) this.#log.info({ provider: key }, `LLMProvider "${key}": removed`);
    this.#verdicts = verdicts;
    for (const object of ignored) this.#log.debug(`${formatObject(object)} is of no kind that the gateway reads`);
  }
}

function describe({ outcome, generation }: Verdict): string {
  if (outcome.kind === 'Broken') return `${outcome.reason}: ${outcome.message}`;
  return outcome.kind === 'Disabled' ? 'Disabled' : `in force, generation ${generation}`;
}
