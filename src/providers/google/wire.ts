/** The Gemini API (Google AI), with what it has of OpenAI's under `/v1beta/openai`. */
import type { ProviderEntry } from '../../table/types.ts';
import { openAIWire } from '../openai/wire.ts';
import type { APIFamily, Continuation, UpstreamResponseHead, Wire } from '../wire.ts';
import { bodyScanner } from './body-scanner.ts';
import { classify } from './classify.ts';
import { connectionTest, connectionTestFinding } from './connection-test.ts';
import { refusal, streamError } from './errors.ts';
import { meter } from './meter.ts';
import { filterModelList } from './model-list.ts';
import { joinPath, pathFromURL } from './paths.ts';

/** Google refuses a call with two credentials, so that each API gets its own and no other. */
function credentialHeaders(entry: ProviderEntry, api: APIFamily): readonly (readonly [string, string])[] {
  if (entry.credential.kind !== 'APIKey') return [];
  if (api === 'OpenAI') return openAIWire.credentialHeaders(entry, api);
  return [['x-goog-api-key', entry.credential.value.reveal()]];
}

/** Where a resumable upload goes on. */
const UPLOAD_URLS: readonly string[] = ['x-goog-upload-url', 'x-goog-upload-control-url'];

function continuations(entry: ProviderEntry, response: UpstreamResponseHead): readonly Continuation[] {
  return UPLOAD_URLS.flatMap((header) => {
    const url = response.header(header);
    const path = url === undefined ? undefined : pathFromURL(entry, url);
    return path === undefined ? [] : [{ header, path }];
  });
}

export const googleWire: Wire = {
  classify,
  joinPath,
  credentialHeaders,
  credentialHeaderNames: new Set(['x-goog-api-key', 'authorization', 'x-api-key', 'api-key']),
  bodyScanner,
  meter,
  usageFilter: (operation, response) => openAIWire.usageFilter(operation, response),
  filterModelList,
  refusal,
  streamError,
  continuations,
  connectionTest,
  connectionTestFinding,
};
