/**
 * A guardrail of Amazon Bedrock, asked through ApplyGuardrail. What it looks for is said in the guardrail itself: the
 * call has no place for topics or filters.
 *
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
 */
import type { Direction } from '../types.ts';
import { items, oneOf, parsed, text, type Answer } from './answer.ts';
import { assessed, type Assessed } from './assessments.ts';
import { editsBetween } from './masked.ts';
import { requestsOf, type Piece } from './pieces.ts';
import { UnreadableAnswer, type Ask, type PlacedEdit, type Reading, type RemoteText } from './types.ts';

/** 25 units of 1,000 characters is what an account may send by default in a second, and so in a call. */
const LIMITS = { length: 20_000, overlap: 500, requestLength: 20_000, requestPieces: 100 };

/** The path of the call, as it is sent: an ARN is percent-encoded. */
export function applyGuardrailPath(identifier: string, version: string): string {
  return `/guardrail/${encodeURIComponent(identifier)}/version/${encodeURIComponent(version)}/apply`;
}

/** What to ask ApplyGuardrail about these texts. */
export function applyGuardrailAsks(texts: readonly RemoteText[], direction: Direction): readonly Ask[] {
  return requestsOf(texts, LIMITS).map((pieces) => ask(pieces, direction));
}

function ask(pieces: readonly Piece[], direction: Direction): Ask {
  return {
    body: () =>
      JSON.stringify({
        source: direction === 'Input' ? 'INPUT' : 'OUTPUT',
        content: pieces.map(({ value }) => ({ text: { text: value } })),
      }),
    read: (answer) => read(parsed(answer), pieces, direction),
  };
}

function read(answer: Answer, pieces: readonly Piece[], direction: Direction): Reading {
  const action = oneOf(answer['action'], '`action`', ['NONE', 'GUARDRAIL_INTERVENED']);
  const said = assessed(items(answer['assessments'], '`assessments`'));
  const blocks = said.findings.some((finding) => finding.action === 'Block');
  const masks = said.findings.some((finding) => finding.action === 'Mask');
  if (action === 'NONE') {
    if (blocks || masks) throw new UnreadableAnswer('the answer says that nothing was done, and what was');
    return { kind: 'Read', findings: said.findings, edits: [] };
  }
  if (blocks) return { kind: 'Read', findings: said.findings, edits: [] };
  // It has intervened for a reason that is not known here: the strictest reading is the safe one.
  if (!masks) {
    const findings = [...said.findings, { rule: 'bedrock/intervened', action: 'Block' as const, count: 1 }];
    return { kind: 'Read', findings, edits: [] };
  }
  return masked(said, items(answer['outputs'], '`outputs`'), pieces, direction);
}

function masked(
  { findings, masked: matches }: Assessed,
  outputs: readonly Answer[],
  pieces: readonly Piece[],
  direction: Direction,
): Reading {
  if (outputs.length !== pieces.length) {
    if (pieces.length === 1) throw new UnreadableAnswer('the answer has masked something and does not say what');
    return { kind: 'AskAgain', asks: pieces.map((piece) => ask([piece], direction)) };
  }
  const edits: PlacedEdit[] = [];
  for (const [i, piece] of pieces.entries()) {
    const output = text(outputs[i]?.['text'], '`text` of an output');
    for (const edit of editsBetween(piece.value, output, matches)) {
      const { start, end, replacement } = edit;
      edits.push({ text: piece.text, start: piece.start + start, end: piece.start + end, replacement });
    }
  }
  if (edits.length === 0) throw new UnreadableAnswer('the answer has masked something and changed nothing');
  return { kind: 'Read', findings, edits };
}
