import { decodeJSON, type JSONKind, namesOfInterest } from '../../shared/json-visitor.ts';
import { type UsageReading, readUsage } from '../usage.ts';
import { type MemberListener, type MemberPath, textOf } from './member-paths.ts';

/** Bytes of a `usage` object that are held; real ones have a few hundred. */
const MAX_USAGE_BYTES = 64 * 1024;
const MAX_TEXT_BYTES = 1024;

/** How deep a session names the model that transcribes: `session.audio.input.transcription.model`. */
const REPORT_DEPTH = 5;

export const SERVER_EVENT_SCAN = {
  reportDepth: REPORT_DEPTH,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: namesOfInterest(
    'type',
    'usage',
    'status',
    'response',
    'session',
    'model',
    'audio',
    'input',
    'transcription',
    'input_audio_transcription',
  ),
} as const;

/** What is known of one server event, once it has ended. */
export class ServerEvent implements MemberListener {
  type: string | undefined;
  /** Of a response that is done. */
  status: string | undefined;
  /** Undefined: none was there, or null. */
  usage: UsageReading | 'TooLarge' | undefined;
  /** The session's model. */
  model: string | undefined;
  /** The model that transcribes what the session hears. */
  transcriptionModel: string | undefined;

  wants(path: MemberPath, kind: JSONKind): number {
    if (isUsage(path)) return kind === 'null' ? 0 : MAX_USAGE_BYTES;
    if (kind !== 'string') return 0;
    const name = path.at(-1);
    if (path.length === 1) return name === 'type' ? MAX_TEXT_BYTES : 0;
    if (path.length === 2 && path[0] === 'response') return name === 'status' ? MAX_TEXT_BYTES : 0;
    return path[0] === 'session' && name === 'model' ? MAX_TEXT_BYTES : 0;
  }

  found(path: MemberPath, _kind: JSONKind, raw: Buffer | undefined): void {
    const name = path.at(-1);
    if (isUsage(path)) this.usage = raw === undefined ? 'TooLarge' : readUsage(decodeJSON(raw));
    else if (name === 'type') this.type = textOf(raw);
    else if (name === 'status') this.status = textOf(raw);
    else if (path.length === 2) this.model = textOf(raw);
    else if (path.at(-2)?.endsWith('transcription') === true) this.transcriptionModel = textOf(raw);
  }
}

/** In the response that is done, and at the top of a finished transcription. */
function isUsage(path: MemberPath): boolean {
  return path.at(-1) === 'usage' && (path.length === 1 || (path.length === 2 && path[0] === 'response'));
}
