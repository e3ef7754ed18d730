/** Batches and files: what is stored and asked for later. */
import { formOf } from '../openai/media.ts';
import type { Answer, ReceivedRequest } from '../types.ts';
import { commonHeaders, errorAnswer, identifier, json } from './answers.ts';

const CREATED = '2026-01-01T00:00:00Z';

/** Batches by id; each is done as soon as it is made. */
export class Batches {
  readonly #batches = new Map<string, readonly string[]>();

  /** Answers `POST messages/batches`. */
  create(requests: unknown, host: string | undefined): Answer {
    if (!Array.isArray(requests)) return errorAnswer(400, 'requests: Field required');
    const id = identifier('msgbatch');
    this.#batches.set(
      id,
      requests.map((request: { custom_id?: unknown }) => String(request.custom_id)),
    );
    return json(this.#describe(id, host));
  }

  /** Answers `GET messages/batches`. */
  list(host: string | undefined): Answer {
    const data = [...this.#batches.keys()].map((id) => this.#describe(id, host));
    return json({ data, has_more: false, first_id: null, last_id: null });
  }

  /** Answers `GET messages/batches/{id}` and `…/results`. */
  read(id: string, results: boolean, host: string | undefined): Answer {
    const batch = this.#batches.get(id);
    if (batch === undefined) return errorAnswer(404, `Batch ${id} not found.`);
    if (!results) return json(this.#describe(id, host));
    const usage = { input_tokens: 11, output_tokens: 7 };
    const lines = batch.map(
      (custom_id) =>
        `${JSON.stringify({ custom_id, result: { type: 'succeeded', message: { type: 'message', usage } } })}\n`,
    );
    return {
      status: 200,
      headers: { 'content-type': 'application/x-jsonl', ...commonHeaders() },
      frames: [Buffer.from(lines.join(''))],
    };
  }

  /** Where the results are is told as an absolute URL of the host that was called. */
  #describe(id: string, host: string | undefined): object {
    const results_url = `http://${host}/v1/messages/batches/${id}/results`;
    return { id, type: 'message_batch', processing_status: 'ended', created_at: CREATED, results_url };
  }
}

/** Uploaded files by id. */
export class Files {
  readonly #files = new Map<string, Buffer>();

  /** Answers `POST files`. */
  async upload(request: ReceivedRequest): Promise<Answer> {
    const file = (await formOf(request))?.get('file');
    if (!(file instanceof File)) return errorAnswer(400, 'file: Field required');
    const id = identifier('file');
    const content = Buffer.from(await file.arrayBuffer());
    this.#files.set(id, content);
    return json(this.#describe(id, content));
  }

  /** Answers `GET files/{id}` and `…/content`. */
  read(id: string, whole: boolean): Answer {
    const content = this.#files.get(id);
    if (content === undefined) return errorAnswer(404, `File not found: ${id}`);
    if (!whole) return json(this.#describe(id, content));
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', ...commonHeaders() },
      frames: [content],
    };
  }

  #describe(id: string, content: Buffer): object {
    return { id, type: 'file', filename: 'file', size_bytes: content.length, created_at: CREATED, downloadable: true };
  }
}
