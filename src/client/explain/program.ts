/** `tidegate explain REQUEST_ID`. */
import type { Command } from 'commander';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples } from '../../command/program.ts';
import { withAddress, withOutput } from '../options.ts';

export function addExplain(program: Command, io: CommandIO): void {
  const command = program
    .command('explain')
    .argument('<request-id>', 'from the header x-tidegate-request-id of its answer')
    .description('tell what became of a request: where it stopped, and what to do');
  withExamples(withOutput(withAddress(command), ['table', 'json', 'yaml']), [
    ['tidegate explain 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d', 'the story of one request'],
    ['tidegate explain 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d -o json', 'the record itself'],
  ]).action(action(io, async () => (await import('./explain.ts')).runExplain));
}
