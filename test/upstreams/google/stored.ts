/** What callers leave behind: files, uploaded in pieces, and cached contents. */
import { randomBytes } from 'node:crypto';
import type { Answer, ReceivedRequest } from '../types.ts';
import { commonHeaders, failure, json } from './answers.ts';

const HOST = 'https://generativelanguage.googleapis.com';
const TIME = '2026-01-01T00:00:00.000000Z';

const identifier = (): string => randomBytes(6).toString('hex');

interface Upload {
  readonly description: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly pieces: Buffer[];
}

/** Files by id, and uploads that are not finished. */
export class Files {
  readonly #files = new Map<string, { readonly description: object; readonly content: Buffer }>();
  readonly #uploads = new Map<string, Upload>();

  /** Answers `POST /upload/v1beta/files`, both to the start and to the bytes. */
  upload(request: ReceivedRequest): Answer {
    const command = request.header('x-goog-upload-command') ?? '';
    const id = new URLSearchParams(request.target.split('?')[1]).get('upload_id');
    if (command === 'start') return this.#start(request);
    const upload = this.#uploads.get(id ?? '');
    if (id === null || upload === undefined) return failure(404);
    const sent = upload.pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (request.header('x-goog-upload-offset') !== String(sent)) return failure(400, 'Wrong offset.');
    upload.pieces.push(request.body);
    if (!command.includes('finalize')) return withStatus('active', json({}));
    this.#uploads.delete(id);
    return withStatus('final', json({ file: this.#keep(upload) }));
  }

  #start(request: ReceivedRequest): Answer {
    if (request.header('x-goog-upload-protocol') !== 'resumable') return failure(400, 'Unknown upload protocol.');
    const { file = {} } = JSON.parse(request.body.toString() || '{}') as { file?: Record<string, unknown> };
    const id = identifier();
    const type = request.header('x-goog-upload-header-content-type') ?? 'application/octet-stream';
    this.#uploads.set(id, { description: file, type, pieces: [] });
    const [path = '', query] = request.target.split('?');
    const url = `${HOST}${path}?${query === undefined ? '' : `${query}&`}upload_id=${id}&upload_protocol=resumable`;
    return {
      status: 200,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        ...commonHeaders,
        'x-goog-upload-status': 'active',
        'x-goog-upload-url': url,
        'x-goog-upload-control-url': url,
        'x-goog-upload-chunk-granularity': '8388608',
      },
      frames: [Buffer.alloc(0)],
    };
  }

  #keep({ description, type, pieces }: Upload): object {
    const content = Buffer.concat(pieces);
    const id = identifier();
    // Protobuf's JSON takes both spellings.
    const displayName = description['displayName'] ?? description['display_name'];
    const file = {
      name: `files/${id}`,
      ...(displayName !== undefined && { displayName }),
      mimeType: type,
      sizeBytes: String(content.length),
      createTime: TIME,
      updateTime: TIME,
      expirationTime: TIME,
      uri: `${HOST}/v1beta/files/${id}`,
      state: 'ACTIVE',
      source: 'UPLOADED',
    };
    this.#files.set(id, { description: file, content });
    return file;
  }

  /** Answers `GET files`. */
  list(): Answer {
    return json({ files: [...this.#files.values()].map(({ description }) => description) });
  }

  /** Answers `GET files/{id}`, `GET files/{id}:download` and `DELETE files/{id}`. */
  one(method: string, id: string, content: boolean): Answer {
    const file = this.#files.get(id);
    if (file === undefined) return failure(403, `You do not have permission to access the File ${id}.`);
    if (method === 'DELETE') {
      this.#files.delete(id);
      return json({});
    }
    if (!content) return json(file.description);
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', ...commonHeaders },
      frames: [file.content],
    };
  }
}

function withStatus(status: string, answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'x-goog-upload-status': status } };
}

/** Cached contents by id. */
export class Caches {
  readonly #caches = new Map<string, object>();

  /** Answers `POST cachedContents`, which is billed. */
  create(request: ReceivedRequest, call: Readonly<Record<string, unknown>>): Answer {
    const { model } = call;
    if (typeof model !== 'string') return failure(400, 'model is required.');
    const id = identifier();
    const tokens = Math.ceil(request.body.length / 4);
    const cache = {
      name: `cachedContents/${id}`,
      model,
      createTime: TIME,
      updateTime: TIME,
      expireTime: TIME,
      displayName: '',
      usageMetadata: { totalTokenCount: tokens },
    };
    this.#caches.set(id, cache);
    const usage = {
      model: model.replace('models/', ''),
      input: tokens,
      cached: 0,
      cacheWrite: tokens,
      output: 0,
      reasoning: 0,
    };
    return { ...json(cache), usage, usageFrame: 0 };
  }

  /** Answers `GET`, `PATCH` and `DELETE cachedContents/{id}`. */
  one(method: string, id: string): Answer {
    const cache = this.#caches.get(id);
    if (cache === undefined) return failure(403, 'CachedContent not found (or permission denied)');
    if (method !== 'DELETE') return json(cache);
    this.#caches.delete(id);
    return json({});
  }
}
