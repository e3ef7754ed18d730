/** What is typed behind `npm run <script> --`. Plain JavaScript, for any Node from 20 on: some scripts read it before packages are installed. */
import { exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';

/** Status of a script that was called wrongly, as of the commands. */
const USAGE = 2;

/**
 * The options of a script. With `--help` it prints `help` and ends the process; what the script does not know ends it
 * with status 2 before anything is done.
 *
 * @template {import('node:util').ParseArgsOptionsConfig} [T={}]
 * @param {string} help usage and a line for each option; ends in a line break
 * @param {T} [options] beside `--help`
 * @returns {ReturnType<typeof parseArgs<{ options: T }>>['values']}
 */
export function scriptArguments(help, options) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (values['help'] === true) {
      stdout.write(help);
      exit(0);
    }
    // `help` beside what the script asked for does no harm.
    return /** @type {ReturnType<typeof parseArgs<{ options: T }>>['values']} */ (values);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return exit(USAGE);
  }
}
