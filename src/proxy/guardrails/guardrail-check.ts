/**
 * The guardrails of one call at work: made when the call begins, asked about its body and its answer, and read for the
 * report at its end. Calls of providers without guardrails have none.
 */
import type { Direction } from '../../guardrails/types.ts';
import { type CallHead, requestTexts } from '../../providers/texts/bodies.ts';
import type { FoundText } from '../../providers/texts/types.ts';
import { Interventions } from '../../providers/bedrock/guardrail-attachment.ts';
import type { Operation, Splice, UpstreamResponseHead } from '../../providers/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import type { Rejection } from '../refusal.ts';
import type { ActiveGuardrail, ProviderGuardrails } from './provider-guardrails.ts';
import { type Attachment, attachmentOf, attachmentSplices, INTERVENED, isSelective } from './remote/attachment.ts';
import { judgeBody, type Elsewhere } from './remote/judgement.ts';
import { outageOf, outageRejection } from './remote/outage.ts';
import { type BlockedBy, GuardrailReport, UNREADABLE } from './report.ts';
import { TextsJudgement, type TextsOutcome } from './texts-judgement.ts';
import { turn } from './turns.ts';

/** What becomes of a request. */
export type InputOutcome =
  /** `splices` make the masks; sorted, not overlapping, offsets in the body that was judged. */
  | { readonly kind: 'Pass'; readonly splices: readonly Splice[] }
  | { readonly kind: 'Blocked'; readonly rejection: Rejection };

const NO_PLACE: Rejection = {
  code: 'InvalidRequest',
  message:
    'The body must be a JSON object in which "guardrailConfig" and "amazon-bedrock-guardrailConfig" are at most once.',
};

const UNCHANGED = { kind: 'Pass', splices: [] } as const;

export class GuardrailCheck {
  readonly guardrails: ProviderGuardrails;
  readonly report: GuardrailReport;
  readonly #isTold: boolean;
  readonly #gone = new AbortController();
  #attachment: Attachment | undefined;
  /** AWS looks only at some of the request. */
  #isSelective = false;

  /** `isTold`: answers say in a header what became of them. */
  constructor(guardrails: ProviderGuardrails, isTold: boolean) {
    this.guardrails = guardrails;
    this.report = new GuardrailReport(guardrails);
    this.#isTold = isTold;
  }

  /** Whether any guardrail looks at a direction: if none does, it is not to be asked about. */
  watches(direction: Direction): boolean {
    // The body says what AWS looks at, and of Converse by which guardrail.
    return this.#reads(direction) || (direction === 'Input' && this.#attachment !== undefined);
  }

  /** Whether any looks at texts of a direction: AWS itself does for the one that the call carries. */
  #reads(direction: Direction): boolean {
    return this.guardrails.watches(direction, this.#attached(direction));
  }

  /** Whose guardrail AWS itself applies to everything of a direction. */
  #attached(direction: Direction): ActiveGuardrail | undefined {
    return direction === 'Input' && this.#isSelective ? undefined : this.#attachment?.active;
  }

  /** Judges a request whose model is allowed: at once, unless it is long. Call once. `body`: whole, as the client sent it. */
  input(operation: Operation, head: CallHead, body: Buffer): InputOutcome | Promise<InputOutcome> {
    const begin = performance.now();
    this.#isSelective = isSelective(this.#attachment, body);
    const reading = requestTexts(operation, head, body);
    this.report.milliseconds.Input += performance.now() - begin;
    if (reading.kind === 'Unreadable') {
      const rejection = this.unreadableCall('Input', reading.reason);
      return rejection === undefined ? this.#outcome(UNCHANGED, body) : { kind: 'Blocked', rejection };
    }
    if (body.length === 0) return UNCHANGED;
    const outcome = this.texts('Input', reading.texts);
    return outcome instanceof Promise
      ? outcome.then((known) => this.#outcome(known, body))
      : this.#outcome(outcome, body);
  }

  /** Judges the texts of a whole body: at once, unless they are long. Once {@link GuardrailCheck.abandon} was called it says nothing. */
  texts(direction: Direction, texts: readonly FoundText[]): TextsOutcome | Promise<TextsOutcome> {
    const judgement = new TextsJudgement(texts, this.guardrails, this.report, direction);
    const outcome = judgement.advance();
    return outcome === undefined
      ? this.#goOn(direction, judgement, texts)
      : this.#judgedHere(direction, judgement, texts, outcome);
  }

  /** Takes note of the guardrail that the call carries to AWS. Call before anything else. */
  attach(entry: ProviderEntry, head: CallHead): void {
    this.#attachment = attachmentOf(this.guardrails, entry, head);
    if (this.#attachment === undefined) return;
    this.report.checked('Input');
    this.report.checked('Output');
  }

  get attachment(): Attachment | undefined {
    return this.#attachment;
  }

  /** What reads along in the answer whether the attached guardrail has stepped in; undefined: none is attached. */
  interventions(response: UpstreamResponseHead): Interventions | undefined {
    return this.#attachment === undefined ? undefined : new Interventions(response);
  }

  /** The attached guardrail has stepped in: AWS has answered in its own words. */
  intervened(): void {
    if (this.#attachment === undefined) return;
    const guardrail = this.#attachment.active.policy.name;
    this.report.found('Output', [{ guardrail, rule: INTERVENED, action: 'Block', mode: 'Enforce', count: 1 }]);
  }

  /** Those that ask judges elsewhere about texts of a direction of this call. */
  asking(direction: Direction): readonly ActiveGuardrail[] {
    return this.guardrails.asking(direction, this.#attached(direction));
  }

  /** Asks these Guardrails' judges for this call. */
  elsewhere(guardrails: readonly ActiveGuardrail[], direction: Direction): Elsewhere {
    const attached = this.#attached(direction);
    return { guardrails, attached, direction, report: this.report, signal: this.#gone.signal };
  }

  /** What is being judged is of no interest any more. */
  abandon(): void {
    this.#gone.abort();
  }

  /** Something cannot be read; `reason` quotes nothing. Returns who blocks it for that; undefined: it may pass. */
  unreadable(direction: Direction, reason: string): BlockedBy | undefined {
    if (!this.#reads(direction)) return undefined;
    this.report.unreadable(direction, reason);
    const closed = this.guardrails.closed(direction, this.#attached(direction));
    if (closed === undefined) return undefined;
    const by = { guardrail: closed.policy.name, rule: UNREADABLE, direction };
    this.report.block(by);
    return by;
  }

  /** As {@link GuardrailCheck.unreadable}, of a call that has not been sent: the refusal of it, if it is blocked. */
  unreadableCall(direction: Direction, reason: string): Rejection | undefined {
    if (!this.watches(direction)) return undefined;
    const by = this.unreadable(direction, reason);
    return by === undefined ? undefined : this.rejection(by, reason);
  }

  /** What the caller reads of something that was blocked. `reason`: why it could not be read, if that is why. */
  message({ guardrail, rule, direction }: BlockedBy, reason?: string): string {
    const { input, output } = this.guardrails.named(guardrail)?.entry.messages ?? {};
    const own = direction === 'Input' ? input : output;
    if (own !== undefined) return own;
    const what = direction === 'Input' ? 'request' : 'answer';
    const why = reason ?? `its rule ${rule} does not let it pass`;
    return `The guardrail "${guardrail}" blocked this ${what}: ${why}.`;
  }

  /** Headers, names and values in turn, that tell what has become of the call so far; none unless that is configured. */
  headers(): readonly string[] {
    if (!this.#isTold) return [];
    const changes = this.report
      .outcomes()
      .filter(({ mode, action }) => mode === 'Enforce' && (action === 'Block' || action === 'Mask'));
    const told = changes.find(({ action }) => action === 'Block') ?? changes[0];
    return told === undefined ? [] : ['x-tidegate-guardrail', `${told.namespace}/${told.guardrail}/${told.action}`];
  }

  /** Whether something was stopped because a judge elsewhere gave no verdict: no rule has anything against it. */
  isOutage(by: BlockedBy): boolean {
    return outageOf(by, this.report) !== undefined;
  }

  /** The refusal that tells of something that was stopped. `reason`: why it could not be read, if that is why. */
  rejection(by: BlockedBy, reason?: string): Rejection {
    const outage = outageOf(by, this.report);
    if (outage !== undefined) return outageRejection(by, outage);
    return { code: 'GuardrailBlocked', message: this.message(by, reason), headers: this.headers() };
  }

  async #goOn(direction: Direction, judgement: TextsJudgement, texts: readonly FoundText[]): Promise<TextsOutcome> {
    for (;;) {
      await turn();
      if (this.#gone.signal.aborted) return UNCHANGED;
      const outcome = judgement.advance();
      if (outcome !== undefined) return this.#judgedHere(direction, judgement, texts, outcome);
    }
  }

  /** The rules of the gateway's own are through: what they let pass goes on to judges elsewhere. */
  #judgedHere(
    direction: Direction,
    { edits }: TextsJudgement,
    texts: readonly FoundText[],
    outcome: TextsOutcome,
  ): TextsOutcome | Promise<TextsOutcome> {
    const asked = outcome.kind === 'Pass' && texts.length > 0 ? this.asking(direction) : [];
    if (asked.length === 0) return this.#judged(direction, outcome);
    return judgeBody(this.elsewhere(asked, direction), texts, edits).then((known) => this.#judged(direction, known));
  }

  #judged(direction: Direction, outcome: TextsOutcome): TextsOutcome {
    this.report.checked(direction);
    if (outcome.kind === 'Blocked') this.report.block({ ...outcome.by, direction });
    return outcome;
  }

  #outcome(outcome: TextsOutcome, body: Buffer): InputOutcome {
    if (outcome.kind === 'Pass') {
      const attached = attachmentSplices(this.#attachment, body);
      if (attached === 'Impossible') return { kind: 'Blocked', rejection: NO_PLACE };
      const splices = [...outcome.splices, ...attached].toSorted((a, b) => a.start - b.start);
      return { kind: 'Pass', splices };
    }
    return { kind: 'Blocked', rejection: this.rejection({ ...outcome.by, direction: 'Input' }) };
  }
}
