import type { GuardrailVerdict, Verdict } from '../compile/types.ts';
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

/** Logs what is new since the last result: problems that came and went, and verdicts that have changed. */
export class ChangeLog {
  readonly #log: Logger;
  #problems: ReadonlyMap<string, Problem> = new Map();
  #verdicts: ReadonlyMap<string, VerdictLine> = new Map();

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

    this.#writeVerdicts(new Map([...guardrailLines(compile.guardrails), ...providerLines(compile.verdicts)]));
    for (const object of ignored) this.#log.debug(`${formatObject(object)} is of no kind that the gateway reads`);
  }

  #writeVerdicts(verdicts: ReadonlyMap<string, VerdictLine>): void {
    for (const [object, { isBroken, fields, generation, text }] of verdicts) {
      if (this.#verdicts.get(object)?.text === text) continue;
      this.#log[isBroken ? 'warn' : 'info']({ ...fields, generation }, `${object}: ${text}`);
    }
    for (const [object, { fields }] of this.#verdicts) {
      if (!verdicts.has(object)) this.#log.info(fields, `${object}: removed`);
    }
    this.#verdicts = verdicts;
  }
}

/** What is said of one object. */
interface VerdictLine {
  readonly fields: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly isBroken: boolean;
  readonly text: string;
}

function* providerLines(verdicts: ReadonlyMap<string, Verdict>): Generator<[string, VerdictLine]> {
  for (const [key, { generation, outcome }] of verdicts) {
    const good = outcome.kind === 'Disabled' ? 'Disabled' : `in force, generation ${generation}`;
    yield [`LLMProvider "${key}"`, { fields: { provider: key }, generation, ...line(outcome, good) }];
  }
}

function* guardrailLines(verdicts: ReadonlyMap<string, GuardrailVerdict>): Generator<[string, VerdictLine]> {
  for (const [key, { generation, outcome, testsPassed }] of verdicts) {
    const tests = testsPassed === undefined ? '' : `, tests ${testsPassed}`;
    const good = `ready, generation ${generation}${tests}`;
    yield [`Guardrail "${key}"`, { fields: { guardrail: key }, generation, ...line(outcome, good) }];
  }
}

function line(
  outcome: Verdict['outcome'] | GuardrailVerdict['outcome'],
  good: string,
): Pick<VerdictLine, 'isBroken' | 'text'> {
  if (outcome.kind !== 'Broken') return { isBroken: false, text: good };
  return { isBroken: true, text: `${outcome.reason}: ${outcome.message}` };
}
