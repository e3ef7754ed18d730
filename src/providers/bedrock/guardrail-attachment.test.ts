import { describe, expect, test } from '@jest/globals';
import { spliced } from '../../proxy/held-body.ts';
import {
  attachmentPlace,
  guardrailConfig,
  Interventions,
  selectsContent,
  withoutSelection,
} from './guardrail-attachment.ts';
import { frame } from './frame-writer.ts';

const GUARDRAIL = { identifier: 'gr1', version: '3' };
const CONFIG = '{"guardrailIdentifier":"gr1","guardrailVersion":"3"}';

test.each([
  ['POST', '/model/a/invoke', 'Headers'],
  ['POST', '/model/arn%3Aaws%2Fb/invoke-with-response-stream', 'Headers'],
  ['POST', '/model/a/converse', 'Body'],
  ['POST', '/model/a/converse-stream', 'Body'],
  ['GET', '/model/a/converse', undefined],
  ['POST', '/model/a/count-tokens', undefined],
  ['POST', '/openai/v1/chat/completions', undefined],
  ['POST', '/model/a/invoke/', undefined],
])('%s %s takes its guardrail in %s', (method, path, place) => {
  expect(attachmentPlace(method, path)).toBe(place);
});

describe('the body of Converse', () => {
  test.each([
    ['{"messages":[]}', `{"guardrailConfig":${CONFIG},"messages":[]}`],
    [' { } ', ` {"guardrailConfig":${CONFIG} } `],
    ['{"a":{"guardrailConfig":1},"b":[]}', `{"guardrailConfig":${CONFIG},"a":{"guardrailConfig":1},"b":[]}`],
    ['{"a":1,"guardrailConfig":{"trace":"enabled"},"b":2}', `{"a":1,"guardrailConfig":${CONFIG},"b":2}`],
    ['{"guardrail\\u0043onfig":null}', `{"guardrail\\u0043onfig":${CONFIG}}`],
  ])('%s becomes %s', (body, expected) => {
    const splice = guardrailConfig(Buffer.from(body), GUARDRAIL);
    const changed = Buffer.concat(spliced([Buffer.from(body)], splice === undefined ? [] : [splice])).toString();
    expect(changed).toBe(expected);
  });

  test.each(['', '[]', '{"a":', '{"guardrailConfig":{},"guardrailConfig":{}}'])('that is %j takes none', (body) => {
    expect(guardrailConfig(Buffer.from(body), GUARDRAIL)).toBeUndefined();
  });
});

describe('the body of InvokeModel', () => {
  test.each([
    ['{"a":1}', '{"a":1}'],
    [
      '{"amazon-bedrock-guardrailConfig":{"tagSuffix":"x","streamProcessingMode":"ASYNCHRONOUS"},"a":1}',
      '{"amazon-bedrock-guardrailConfig":{},"a":1}',
    ],
    ['{"amazon-bedrock-guardrail\\u0043onfig" : null}', '{"amazon-bedrock-guardrail\\u0043onfig" : {}}'],
  ])('%s becomes %s', (body, expected) => {
    const splices = withoutSelection(Buffer.from(body)) ?? [];
    expect(Buffer.concat(spliced([Buffer.from(body)], splices)).toString()).toBe(expected);
  });

  test.each(['[]', '{"a":', '{"amazon-bedrock-guardrailConfig":{},"amazon-bedrock-guardrailConfig":{}}'])(
    'that is %j cannot be sent on',
    (body) => {
      expect(withoutSelection(Buffer.from(body))).toBeUndefined();
    },
  );
});

test.each([
  ['{"messages":[{"role":"user","content":[{"text":"guardContent"}]}]}', false],
  ['{"messages":[{"role":"user","content":[{"guardContent":{"text":{"text":"hi"}}},{"text":"more"}]}]}', true],
  ['{"system":[{"guard\\u0043ontent":{"text":{"text":"hi"}}}]}', true],
])('of %s a caller selects a part: %s', (body, expected) => {
  expect(selectsContent(Buffer.from(body))).toBe(expected);
});

describe('interventions', () => {
  const has = (contentType: string, bytes: Buffer, size: number): boolean => {
    const header = (name: string): string | undefined => (name === 'content-type' ? contentType : undefined);
    const seen = new Interventions({ status: 200, header });
    for (let at = 0; at < bytes.length; at += size) seen.push(bytes.subarray(at, at + size));
    return seen.hasIntervened;
  };
  const EVENTS = 'application/vnd.amazon.eventstream';
  const event = (name: string, payload: object): Buffer =>
    frame(
      { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
      Buffer.from(JSON.stringify(payload)),
    );
  const chunk = (value: object): Buffer =>
    event('chunk', { bytes: Buffer.from(JSON.stringify(value)).toString('base64') });

  test.each<[string, string, Buffer, boolean]>([
    ['Converse', 'application/json', Buffer.from('{"output":{},"stopReason":"guardrail_intervened"}'), true],
    ['Converse, nothing', 'application/json', Buffer.from('{"stopReason":"end_turn"}'), false],
    [
      'Converse, quoted',
      'application/json',
      Buffer.from(JSON.stringify({ text: '"stopReason":"guardrail_intervened"', stopReason: 'end_turn' })),
      false,
    ],
    ['InvokeModel', 'application/json', Buffer.from('{"amazon-bedrock-guardrailAction": "INTERVENED"}'), true],
    ['InvokeModel, nothing', 'application/json', Buffer.from('{"amazon-bedrock-guardrailAction":"NONE"}'), false],
    ['ConverseStream', EVENTS, event('messageStop', { stopReason: 'guardrail_intervened' }), true],
    [
      'streamed chunks',
      EVENTS,
      Buffer.concat([chunk({ a: 1 }), chunk({ 'amazon-bedrock-guardrailAction': 'INTERVENED' })]),
      true,
    ],
    ['streamed chunks, nothing', EVENTS, chunk({ 'amazon-bedrock-guardrailAction': 'NONE' }), false],
  ])('%s', (_what, contentType, bytes, expected) => {
    for (const size of [1, 7, bytes.length]) expect(has(contentType, bytes, size)).toBe(expected);
  });
});
