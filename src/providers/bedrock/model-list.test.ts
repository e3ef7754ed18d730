import { describe, expect, test } from '@jest/globals';
import { providerEntry } from '../../../test/support/wire.ts';
import { filterModelList } from './model-list.ts';

const PROFILE = 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-lite-v1:0';
const entry = providerEntry(['us.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0', PROFILE]);
const filtered = (body: object): unknown => {
  const bytes = filterModelList(Buffer.from(JSON.stringify(body)), entry);
  return bytes === undefined ? undefined : JSON.parse(bytes.toString());
};

describe('a list is cut down to the allowed models', () => {
  test('of inference profiles, by id or ARN', () => {
    const one = { inferenceProfileName: 'x', inferenceProfileId: 'us.amazon.nova-lite-v1:0' };
    const other = { inferenceProfileId: 'eu.amazon.nova-lite-v1:0', inferenceProfileArn: PROFILE };
    const hidden = { inferenceProfileId: 'us.amazon.nova-pro-v1:0', models: [{ modelArn: 'amazon.nova-lite-v1:0' }] };
    const list = { inferenceProfileSummaries: [hidden, one, hidden, other], nextToken: 'n' };
    expect(filtered(list)).toEqual({ inferenceProfileSummaries: [one, other], nextToken: 'n' });
  });

  test('of foundation models', () => {
    const one = { modelId: 'amazon.nova-lite-v1:0', modelName: 'Nova Lite' };
    expect(filtered({ modelSummaries: [{ modelId: 'meta.llama3-1-8b-instruct-v1:0' }, one] })).toEqual({
      modelSummaries: [one],
    });
  });
});

test.each([{ data: [] }, { modelSummaries: {} }, { message: 'no' }])('%j is of no known shape', (body) => {
  expect(filtered(body)).toBeUndefined();
});
