import { describe, expect, test } from '@jest/globals';
import { leadBatchesThrough } from './batch-urls.ts';

const gateway = 'https://llm.example.com/llm/v1/providers/claude';
const led = (body: string): string => leadBatchesThrough(Buffer.from(body), gateway).toString();
const original = 'https://api.anthropic.com/v1/messages/batches/msgbatch_1/results';
const through = `${gateway}/v1/messages/batches/msgbatch_1/results`;

describe('the results of a batch', () => {
  test.each([
    [
      'of one',
      `{ "id":"msgbatch_1","results_url" : "${original}","x":1.50}`,
      `{ "id":"msgbatch_1","results_url" : "${through}","x":1.50}`,
    ],
    [
      'of a list',
      `{"data":[{"results_url":"${original}"},{"results_url":null}]}`,
      `{"data":[{"results_url":"${through}"},{"results_url":null}]}`,
    ],
    [
      'spelled with escapes',
      '{"results_url":"https:\\/\\/x\\/v1\\/messages\\/batches\\/msgbatch_1\\/results"}',
      `{"results_url":"${through}"}`,
    ],
  ])('%s lead through the gateway', (_, body, expected) => {
    expect(led(body)).toBe(expected);
  });

  test.each([
    '{"results_url":null}',
    '{"results_url":"https://elsewhere.example/file"}',
    `{"custom":{"results_url":"${original}"}}`,
    `{"other":[{"results_url":"${original}"}]}`,
    `{"results_url":"${original}"`,
    '',
  ])('are left alone in %s', (body) => {
    expect(led(body)).toBe(body);
  });
});
