/** What a process that is started with a file would say about it, without one. */
import { ConfigurationError } from '../config/document.ts';
import { parseConfiguration } from '../config/load.ts';
import { parsePriceList } from '../config/price-list.ts';
import { CONFIGURATION_API_VERSION } from '../config/schema.ts';
import type { FileText, Problem, ReadFile } from '../standalone/index.ts';

/** Whatever the version: one that is not known is told as that. */
const isOfOurGroup = (apiVersion: unknown): boolean =>
  typeof apiVersion === 'string' && apiVersion.split('/')[0] === CONFIGURATION_API_VERSION.split('/')[0];

/** Problems of a TidegateConfiguration or PriceList; undefined when the file holds none. */
export function configurationProblems(text: FileText, { documents }: ReadFile): readonly Problem[] | undefined {
  const ours = documents.find(({ value }) => isOfOurGroup(value['apiVersion']));
  if (ours === undefined || 'problem' in text) return undefined;
  const { file } = text;
  try {
    if (ours.value['kind'] === 'PriceList') parsePriceList(text.text, file);
    else parseConfiguration(text.text, file);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((problem) => placed(problem, file));
  }
}

/** `file:line:column: message`, or `file: message` about the whole. */
function placed(problem: string, file: string): Problem {
  const rest = problem.slice(file.length);
  const [, line = '1', column = '1', message] = /^:(\d+):(\d+): (.*)$/s.exec(rest) ?? [];
  return {
    severity: 'error',
    file,
    line: Number(line),
    column: Number(column),
    message: message ?? rest.replace(/^: /, ''),
  };
}
