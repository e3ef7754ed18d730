/** A judge of one's own behind HTTP: what it is sent and what it may answer, as in docs/guardrail-webhook.openapi.yaml. */
import type { Direction } from '../types.ts';
import { exactly, items, oneOf, parsed, text, whole, type Answer } from './answer.ts';
import { requestsOf, type Piece } from './pieces.ts';
import { strengthOf, type ContentPolicies } from './policies.ts';
import {
  UnreadableAnswer,
  type Ask,
  type PlacedEdit,
  type Reading,
  type RemoteFinding,
  type RemoteText,
} from './types.ts';

/** Of request and answer. */
export const WEBHOOK_VERSION = 'v1';

const LIMITS = { length: 65_536, overlap: 1_024, requestLength: 262_144, requestPieces: 256 };

const MAX_FINDINGS = 256;
const MAX_REPLACEMENT = 1_024;
const RULE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,62})?$/;

/** Whose judgement is asked for. */
export interface WebhookGuardrail {
  /** `namespace/name`. */
  readonly name: string;
  readonly policies: ContentPolicies;
}

/** What to ask a webhook about these texts. */
export function webhookAsks(
  guardrail: WebhookGuardrail,
  texts: readonly RemoteText[],
  direction: Direction,
): readonly Ask[] {
  const { filters, deniedTopics } = guardrail.policies;
  const policies = {
    filters: filters
      .map((filter) => ({ category: filter.category, strength: strengthOf(filter, direction) }))
      .filter(({ strength }) => strength !== 'None'),
    deniedTopics,
  };
  return requestsOf(texts, LIMITS).map((pieces) => ({
    body: () =>
      JSON.stringify({
        version: WEBHOOK_VERSION,
        guardrail: guardrail.name,
        direction,
        policies,
        texts: pieces.map(({ scope, value }, i) => ({ id: String(i), scope, text: value })),
      }),
    read: (answer) => read(parsed(answer), pieces),
  }));
}

function read(answer: Answer, pieces: readonly Piece[]): Reading {
  exactly(answer, 'the answer', ['version', 'action', 'findings', 'edits']);
  oneOf(answer['version'], '`version`', [WEBHOOK_VERSION]);
  const action = oneOf(answer['action'], '`action`', ['Allow', 'Mask', 'Block']);
  const findings = findingsOf(answer['findings']);
  const edits = editsOf(answer['edits'], pieces);
  const has = (kind: RemoteFinding['action']): boolean => findings.some((finding) => finding.action === kind);
  const isConsistent =
    action === 'Block'
      ? has('Block')
      : !has('Block') && (action === 'Mask' ? has('Mask') && edits.length > 0 : !has('Mask') && edits.length === 0);
  if (!isConsistent) throw new UnreadableAnswer('`action` does not fit `findings` and `edits`');
  return { kind: 'Read', findings, edits };
}

function findingsOf(value: unknown): readonly RemoteFinding[] {
  const found = items(value, '`findings`');
  if (found.length > MAX_FINDINGS) throw new UnreadableAnswer('`findings` are too many');
  return found.map((item) => {
    exactly(item, 'a finding', ['rule', 'action', 'count']);
    const rule = text(item['rule'], '`rule`');
    if (!RULE.test(rule)) throw new UnreadableAnswer('`rule` is no name of a rule');
    const count = item['count'] === undefined ? 1 : whole(item['count'], '`count`');
    return { rule, action: oneOf(item['action'], '`action` of a finding', ['Block', 'Mask', 'Detect']), count };
  });
}

function editsOf(value: unknown, pieces: readonly Piece[]): readonly PlacedEdit[] {
  const places = new Map<string, CodePoints>();
  return items(value, '`edits`').map((item) => {
    exactly(item, 'an edit', ['id', 'start', 'end', 'replacement']);
    const id = text(item['id'], '`id`');
    const piece = /^\d{1,4}$/.test(id) ? pieces[Number(id)] : undefined;
    if (piece === undefined || String(Number(id)) !== id) throw new UnreadableAnswer('`id` is of no text');
    let points = places.get(id);
    if (points === undefined) places.set(id, (points = new CodePoints(piece.value)));
    const start = points.place(whole(item['start'], '`start`'));
    const end = points.place(whole(item['end'], '`end`'));
    if (start === undefined || end === undefined || start >= end) {
      throw new UnreadableAnswer('an edit is not within its text');
    }
    const replacement = text(item['replacement'], '`replacement`');
    if (replacement.length > MAX_REPLACEMENT) throw new UnreadableAnswer('`replacement` is too long');
    return { text: piece.text, start: piece.start + start, end: piece.start + end, replacement };
  });
}

/** From code points, which is what most languages count characters in, to UTF-16 code units. */
class CodePoints {
  readonly #length: number;
  /** Where each code point begins; undefined: each is one code unit. */
  readonly #places: readonly number[] | undefined;

  constructor(value: string) {
    this.#length = value.length;
    if (!/[\u{10000}-\u{10ffff}]/u.test(value)) return;
    const places: number[] = [];
    let at = 0;
    for (const point of value) {
      places.push(at);
      at += point.length;
    }
    places.push(at);
    this.#places = places;
  }

  /** Undefined: beyond the end. */
  place(point: number): number | undefined {
    if (this.#places !== undefined) return this.#places[point];
    return point <= this.#length ? point : undefined;
  }
}
