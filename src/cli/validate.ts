/**
 * `tidegate validate FILE…|DIR…`: what the API server and the compile step would say to manifests, and a process to its
 * configuration, without any of them.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  byPlace,
  Catalog,
  formatProblem,
  parseFile,
  readDirectory,
  readText,
  type FileText,
} from '../standalone/index.ts';
import { configurationProblems } from './configuration-problems.ts';
import { guardrailProblems, missingGuardrails, moderationProblems } from './guardrail-problems.ts';
import { CommandError, EXIT, type CommandIO } from '../command/io.ts';
import { ManifestIndex } from './manifest-index.ts';
import { providerProblems } from './verdict-problems.ts';

/** Directories within a directory, of those that are not read, that are named. */
const MAX_UNREAD = 5;

export interface ValidateOptions {
  /** Files, and directories whose manifests are read as `standalone` reads them. */
  readonly arguments: readonly string[];
  /** Warnings count as errors. */
  readonly strict?: boolean;
  readonly output?: 'text' | 'json';
}

/**
 * Writes one line for each problem and returns 0 when there is none that counts, else 1. What these files alone cannot
 * show to be wrong is a warning: a Secret or a Guardrail that is not among them, a variable that is not set here.
 */
export async function runValidate(options: ValidateOptions, io: CommandIO): Promise<number> {
  const texts = await readAll(options.arguments);
  const files = texts.map(parseFile);
  const configurations = texts.flatMap((text, i) => {
    const problems = configurationProblems(text, files[i] ?? parseFile(text));
    return problems === undefined ? [] : [problems];
  });
  const result = new Catalog(io.env).update(files);
  const unset = new Set(
    result.problems.flatMap(({ severity, object }) =>
      severity === 'warning' && object?.kind === 'Secret' ? [`${object.namespace}/${object.name}`] : [],
    ),
  );
  const manifests = new ManifestIndex(files);
  const verdicts = result.providers.flatMap((provider) => [
    ...providerProblems(provider, result.compile.verdicts, unset, manifests),
    ...missingGuardrails(provider, manifests),
  ]);
  const guardrails = result.guardrails.flatMap((guardrail) => [
    ...guardrailProblems(guardrail, result.compile.guardrails, unset, manifests),
    ...moderationProblems(guardrail, result.providers, manifests),
  ]);
  const problems = [...result.problems, ...guardrails, ...verdicts, ...configurations.flat()].toSorted(byPlace);
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  const errors = problems.length - warnings;
  const known = files.reduce((sum, { documents }) => sum + documents.length, 0) - result.ignored.length;
  const objects = known + configurations.length;
  if (objects === 0 && problems.length === 0)
    throw new CommandError(
      `no LLMProvider, Guardrail, Secret, role, binding or configuration in ${options.arguments.join(', ')}`,
    );

  if (options.output === 'json') {
    io.stdout.write(`${JSON.stringify({ files: files.length, objects, errors, warnings, problems }, undefined, 2)}\n`);
  } else {
    for (const problem of problems) io.stdout.write(`${formatProblem(problem)}\n`);
    for (const unread of await unreadWithin(options.arguments)) io.stderr.write(`${unread}\n`);
    io.stderr.write(
      `${count(files.length, 'file')}, ${count(objects, 'object')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`,
    );
  }
  return errors > 0 || (options.strict === true && warnings > 0) ? EXIT.failure : EXIT.ok;
}

async function readAll(paths: readonly string[]): Promise<FileText[]> {
  const texts = new Map<string, FileText>();
  for (const given of paths) {
    for (const text of await readPath(given)) texts.set(path.resolve(text.file), text);
  }
  return [...texts.values()];
}

async function readPath(given: string): Promise<readonly FileText[]> {
  const stats = await stat(given).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const why = code === 'ENOENT' ? `${given}: there is no such file or directory` : `cannot read ${given}: ${code}`;
    throw new CommandError(why, EXIT.usage, { cause: error });
  });
  if (stats.isDirectory()) {
    const reading = await readDirectory(given);
    return 'files' in reading ? reading.files : [{ file: given, problem: reading.problem }];
  }
  const text = await readText(given);
  if (text === undefined) throw new CommandError(`cannot read ${given}: it is no regular file`);
  return [text];
}

/** A line for each directory that has others in it, which are not read, lest somebody take these for valid, too. */
async function unreadWithin(paths: readonly string[]): Promise<readonly string[]> {
  const named = new Set(paths.map((given) => path.resolve(given)));
  const lines: string[] = [];
  for (const given of paths) {
    // What is no directory, or cannot be read, has been told.
    const entries = await readdir(given, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .filter((name) => !named.has(path.resolve(given, name)))
      .sort();
    if (names.length === 0) continue;
    const list = names.slice(0, MAX_UNREAD).join(', ') + (names.length > MAX_UNREAD ? ', …' : '');
    lines.push(`${given}: directories within are read when they are named, too: ${list}`);
  }
  return lines;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
