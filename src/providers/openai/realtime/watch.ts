/**
 * What passes through a WebSocket of the Realtime API: usage in the server's events, and under an allowlist the models in
 * the client's. Source: the API reference's client and server events, and the SDK's types.
 */
import type { ProviderEntry } from '../../../table/types.ts';
import type { UsageMissingReason } from '../../../usage/record.ts';
import { hasAllowlist } from '../../allowlist.ts';
import { JSONScanner } from '../../shared/json-scanner.ts';
import type { ClientMessageScan, Refusal, ResponseUsage, WebSocketWatch } from '../../wire.ts';
import { CLIENT_EVENT_SCAN, ClientEvent } from './client-event.ts';
import { MemberPaths } from './member-paths.ts';
import { SERVER_EVENT_SCAN, ServerEvent } from './server-event.ts';

/** Texts without which a server event says nothing of interest. Nearly all events are deltas, which have none. */
const SIGNS = ['response.created', 'response.done', 'session.', 'transcription.completed'].map((text) =>
  Buffer.from(text, 'latin1'),
);

/** An event that is being read. */
interface Reading<E> {
  readonly event: E;
  readonly scanner: JSONScanner;
}

const NOTHING: readonly ResponseUsage[] = [];

export class RealtimeWatch implements WebSocketWatch {
  readonly watchesClient: boolean;
  #fromClient: Reading<ClientEvent> | undefined;
  #fromServer: Reading<ServerEvent> | undefined;
  #model: string | undefined;
  #transcriptionModel: string | undefined;
  #pending = 0;
  #found: ResponseUsage[] | undefined;

  constructor(entry: ProviderEntry) {
    this.watchesClient = hasAllowlist(entry);
  }

  get pending(): number {
    return this.#pending;
  }

  clientMessage(piece: Buffer, last: boolean): ClientMessageScan | undefined {
    const reading = (this.#fromClient ??= begin(new ClientEvent(), CLIENT_EVENT_SCAN));
    reading.scanner.push(piece);
    if (!last) return undefined;
    this.#fromClient = undefined;
    reading.scanner.end();
    const problem = reading.scanner.fault?.problem ?? reading.event.problem;
    if (problem !== undefined) return { kind: 'Unreadable', message: `The event cannot be checked: ${problem}.` };
    return { kind: 'Valid', models: [...reading.event.models] };
  }

  upstreamMessage(piece: Buffer, last: boolean): void {
    if (this.#fromServer === undefined && last && SIGNS.every((sign) => !piece.includes(sign))) return;
    const reading = (this.#fromServer ??= begin(new ServerEvent(), SERVER_EVENT_SCAN));
    reading.scanner.push(piece);
    if (!last) return;
    this.#fromServer = undefined;
    reading.scanner.end();
    this.#heard(reading.event);
  }

  take(): readonly ResponseUsage[] {
    const found = this.#found;
    this.#found = undefined;
    return found ?? NOTHING;
  }

  errorMessage({ code, message, requestId }: Refusal): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: 'error',
        event_id: requestId,
        error: { type: 'invalid_request_error', code, message, param: null, event_id: null },
      }),
    );
  }

  #heard(event: ServerEvent): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
      case 'transcription_session.created':
      case 'transcription_session.updated':
        this.#model = event.model ?? this.#model;
        this.#transcriptionModel = event.transcriptionModel ?? this.#transcriptionModel;
        break;
      case 'response.created':
        this.#pending += 1;
        break;
      case 'response.done':
        this.#pending = Math.max(0, this.#pending - 1);
        // One that failed or was cancelled before it began has cost nothing.
        this.#report(event, event.status === 'failed' || event.status === 'cancelled');
        break;
      case 'conversation.item.input_audio_transcription.completed':
        this.#report(event, true, this.#transcriptionModel);
        break;
      default:
    }
  }

  /** `mayBeFree`: no figure is no fault. A transcription may be billed by the second, which is no token figure. */
  #report({ usage }: ServerEvent, mayBeFree: boolean, otherModel?: string): void {
    const other = otherModel === undefined ? {} : { otherModel };
    const served = otherModel ?? this.#model;
    const model = served === undefined ? {} : { model: served };
    const found = (this.#found ??= []);
    if (usage !== undefined && usage !== 'TooLarge' && usage.kind === 'Tokens') {
      const { tokens, audio } = usage;
      found.push({ usage: { kind: 'Metered', tokens, ...model, ...(audio !== undefined && { audio }) }, ...other });
    } else if (usage !== undefined || !mayBeFree) {
      const reason: UsageMissingReason =
        usage === 'TooLarge' ? 'too_large' : usage?.kind === 'Malformed' ? 'unparsable' : 'not_reported';
      if (reason !== 'not_reported' || !mayBeFree)
        found.push({ usage: { kind: 'Missing', reason, ...model }, ...other });
    }
  }
}

function begin<E extends ClientEvent | ServerEvent>(
  event: E,
  options: typeof CLIENT_EVENT_SCAN | typeof SERVER_EVENT_SCAN,
): Reading<E> {
  return { event, scanner: new JSONScanner(new MemberPaths(event), options) };
}
