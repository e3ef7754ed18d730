import { describe, expect, test } from '@jest/globals';
import { chunked } from '../../../../test/support/chunks.ts';
import { IdentityJudge } from '../../../../test/support/text-judges.ts';
import { type CorpusCase, UsageCorpus } from '../../../../test/support/usage-corpus.ts';
import { providerEntry, requestHead, responseHead } from '../../../../test/support/wire.ts';
import { anthropicWire } from '../../anthropic/wire.ts';
import { bedrockWire } from '../../bedrock/wire.ts';
import { googleWire } from '../../google/wire.ts';
import { openAIWire } from '../../openai/wire.ts';
import { streamRewriter } from './streams.ts';

/** Streams that hold something that cannot be read: they were cut, or are wrong on purpose. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'chat-stream-cut-before-usage',
  'interaction-stream',
  'converse-stream-cut-before-metadata',
  'invoke-stream-claude-cut-in-frame',
  'invoke-stream-not-frames',
]);

/** Streams that are no model's words. */
const OTHER: ReadonlySet<string> = new Set(['image-stream', 'thread-run-stream']);

const ENTRIES = [
  ['openai', openAIWire, 'OpenAI', 'https://api.openai.com/v1'],
  ['anthropic', anthropicWire, 'Anthropic', 'https://api.anthropic.com'],
  ['google', googleWire, 'Google', 'https://generativelanguage.googleapis.com'],
  ['bedrock', bedrockWire, 'Bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com'],
] as const;

interface Stream {
  readonly name: string;
  readonly bytes: Buffer;
  readonly rewriter: (judge: IdentityJudge) => ReturnType<typeof streamRewriter>;
}

function streamsOf([folder, wire, type, baseURL]: (typeof ENTRIES)[number]): readonly Stream[] {
  const entry = providerEntry([], { type, baseURL } as Parameters<typeof providerEntry>[1]);
  const corpus = new UsageCorpus(folder, wire, entry);
  return corpus.cases
    .filter(({ name, status }) => name.includes('stream') && status < 400)
    .map((call: CorpusCase) => ({
      name: call.name,
      bytes: corpus.body(call.name),
      rewriter: (judge) => {
        // Some cases have their provider's base URL in the path.
        const path = call.path.replace(/^\/(?:openai|api)(?=\/v1\/)/, '');
        const operation = wire.classify(requestHead(call.method, folder === 'openai' ? path : call.path), entry);
        return streamRewriter(operation, responseHead({ 'content-type': call.contentType }), judge);
      },
    }));
}

const copied = (piece: Buffer): Buffer => Buffer.from(piece);

describe.each(ENTRIES)('streams as %s sends them', (...entry) => {
  test.each(streamsOf(entry))('$name passes byte for byte, however it is cut', ({ name, bytes, rewriter }) => {
    for (const size of [1, 7, 1000, bytes.length]) {
      const judge = new IdentityJudge();
      const stream = rewriter(judge);
      if (OTHER.has(name)) {
        expect(stream).toBeUndefined();
        return;
      }
      if (stream === undefined) throw new Error('it is not known');
      const chunks = chunked(bytes, size);
      const out = [...chunks.flatMap((chunk) => stream.push(chunk).map(copied)), ...stream.end()];
      expect(Buffer.concat(out).equals(bytes)).toBe(true);
      expect(judge.unreadables.length > 0).toBe(UNREADABLE.has(name));
    }
  });
});

test('what is no stream is not rewritten', () => {
  const operation = openAIWire.classify(requestHead('POST', '/v1/chat/completions'), providerEntry());
  const head = responseHead({ 'content-type': 'application/json' });
  expect(streamRewriter(operation, head, new IdentityJudge())).toBeUndefined();
});
