import type { BodyScan } from '../wire.ts';
import type { JSONFault } from './json-visitor.ts';

/** What a scanner of bodies says of a fault, ready for the caller: where it is and what, and nothing of the text. */
export function invalidJSON({ offset, problem }: JSONFault): BodyScan {
  return { kind: 'Invalid', message: `invalid JSON body at byte ${offset}: ${problem}` };
}
