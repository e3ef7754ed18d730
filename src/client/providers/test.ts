/** `tidegate provider test NAME`: the gateway makes one call with the provider's own credential, and says what came of it. */
import { EXIT, type CommandIO } from '../../command/io.ts';
import type { ConnectionTestDocument } from '../gateway/documents.ts';
import { showValue, type OutputFormat } from '../output/output.ts';
import { withProgress } from '../output/progress.ts';
import { plain, styleOf } from '../output/style.ts';
import { openSession } from '../session.ts';
import { placeOf, type PlaceOptions } from './place.ts';
import { SNIPPETS } from './snippets/index.ts';

export interface ProviderTestOptions extends PlaceOptions {
  readonly output: OutputFormat;
  readonly showCommands?: boolean;
}

export async function runProviderTest(options: ProviderTestOptions, io: CommandIO): Promise<number> {
  const {
    output,
    model,
    arguments: [name = ''],
  } = options;
  const { gateway } = await openSession(options, io);
  const what = `Testing ${name}${model === undefined ? '' : ` with ${model}`}`;
  const result = await withProgress(what, io, async () => gateway.testConnection(name, model));
  if (output === 'json' || output === 'yaml') await showValue(io, output, result);
  else if (output === 'name') io.stdout.write(`${result.passed ? 'passed' : 'failed'}\n`);
  else show(name, result, io);
  if (options.showCommands === true) await showCommands(options, io);
  return result.passed ? EXIT.ok : EXIT.failure;
}

function show(name: string, result: ConnectionTestDocument, io: CommandIO): void {
  const style = styleOf(io, 'stdout');
  const { passed, billed, durationMilliseconds, upstream, message, reason, hint } = result;
  const verdict = passed ? style('green', 'PASS') : style('red', 'FAIL');
  const took = durationMilliseconds === undefined ? '' : ` (${String(Math.round(durationMilliseconds))} ms)`;
  const lines = [
    `${verdict}  ${name}${took}${passed ? '' : `: ${plain(message ?? reason ?? 'no reason is told')}`}`,
    ...(upstream?.message === undefined ? [] : [`      it said: ${plain(upstream.message)}`]),
    ...(billed === true ? ['      the provider may bill this call'] : []),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  if (hint !== undefined) io.stderr.write(`hint: ${plain(hint)}\n`);
}

/** The same call by hand, through the gateway. Programs read the result on stdout, and nothing else there. */
async function showCommands(options: ProviderTestOptions, io: CommandIO): Promise<void> {
  const to = options.output === 'table' || options.output === 'wide' ? io.stdout : io.stderr;
  const { type, place } = await placeOf(options, io);
  const { curl, python, 'aws-python': awsPython } = SNIPPETS[type];
  const program = python ?? awsPython;
  for (const snippet of [curl, program]) if (snippet !== undefined) to.write(`\n${snippet(place)}`);
}
