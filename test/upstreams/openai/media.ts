/** Files, audio and images: multipart bodies in, binary bodies out. */
import type { Answer, ReceivedRequest } from '../types.ts';
import { commonHeaders, created, failure, identifier, json } from './answers.ts';

interface StoredFile {
  readonly id: string;
  readonly content: Buffer;
  readonly description: object;
}

/** Uploaded files by id. */
export class Files {
  readonly #files = new Map<string, StoredFile>();

  /** Answers `POST files`. */
  async upload(request: ReceivedRequest): Promise<Answer> {
    const form = await formOf(request);
    const file = form?.get('file');
    const purpose = form?.get('purpose');
    if (!(file instanceof File) || typeof purpose !== 'string') {
      return failure(400, { message: "'file' and 'purpose' are required", type: 'invalid_request_error' });
    }
    const content = Buffer.from(await file.arrayBuffer());
    const id = identifier('file-');
    const description = {
      id,
      object: 'file',
      bytes: content.length,
      created_at: created,
      filename: file.name,
      purpose,
      status: 'processed',
      expires_at: null,
      status_details: null,
    };
    this.#files.set(id, { id, content, description });
    return json(description);
  }

  /** Answers `GET files`. */
  list(): Answer {
    return json({ object: 'list', data: [...this.#files.values()].map((file) => file.description), has_more: false });
  }

  /** Answers `GET files/{id}`, `GET files/{id}/content` and `DELETE files/{id}`. */
  one(method: string, id: string, content: boolean): Answer {
    const file = this.#files.get(id);
    if (!file)
      return failure(404, { message: `No such File object: ${id}`, type: 'invalid_request_error', param: 'id' });
    if (method === 'DELETE') {
      this.#files.delete(id);
      return json({ id, object: 'file', deleted: true });
    }
    return content ? binary(file.content, 'application/octet-stream') : json(file.description);
  }
}

/** Answers `POST audio/transcriptions`. */
export async function transcription(request: ReceivedRequest): Promise<Answer> {
  const form = await formOf(request);
  const model = form?.get('model');
  if (!(form?.get('file') instanceof File) || typeof model !== 'string') {
    return failure(400, { message: "'file' and 'model' are required", type: 'invalid_request_error' });
  }
  const body = {
    text: 'Hello world.',
    usage: {
      type: 'tokens',
      input_tokens: 14,
      input_token_details: { text_tokens: 0, audio_tokens: 14 },
      output_tokens: 4,
      total_tokens: 18,
    },
  };
  return { ...json(body), usage: { model, input: 14, cached: 0, output: 4, reasoning: 0 }, usageFrame: 0 };
}

/** Answers `POST audio/speech`. */
export function speech(): Answer {
  return binary(Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 31) & 0xff)), 'audio/mpeg');
}

/** Answers `POST images/generations` and `images/edits`. */
export function image(model: string): Answer {
  const body = {
    created,
    data: [{ b64_json: Buffer.from('not really a picture').toString('base64') }],
    usage: {
      input_tokens: 20,
      input_tokens_details: { text_tokens: 20, image_tokens: 0 },
      output_tokens: 100,
      total_tokens: 120,
    },
  };
  return { ...json(body), usage: { model, input: 20, cached: 0, output: 100, reasoning: 0 }, usageFrame: 0 };
}

/** The form in a multipart body; undefined when it is none. */
export async function formOf(request: ReceivedRequest): Promise<FormData | undefined> {
  const type = request.header('content-type');
  if (type === undefined || !type.startsWith('multipart/form-data')) return undefined;
  return new Response(new Uint8Array(request.body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined);
}

function binary(content: Buffer, type: string): Answer {
  return { status: 200, headers: { 'content-type': type, ...commonHeaders() }, frames: [content] };
}
