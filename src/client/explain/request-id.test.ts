import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../command/io.ts';
import { requestId } from './request-id.ts';

const ID = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';

describe('the id of a request', () => {
  test.each([ID, ID.toUpperCase(), ` ${ID}\n`])('%j is taken as the gateway writes it', (text) => {
    expect(requestId(text)).toBe(ID);
  });

  test.each(['', 'x', ID.slice(1), `${ID}0`, ID.replaceAll('-', ''), `../${ID}`])('%j is none', (text) => {
    expect(() => requestId(text)).toThrow(
      expect.objectContaining({
        message: `${JSON.stringify(text)} is no request id of the gateway`,
        status: EXIT.usage,
        hint: expect.stringMatching(/it looks like \S+: every answer has it in the header x-tidegate-request-id/),
      }),
    );
  });

  test.each(['req_011CSHoEeqs5C35K2UUqR7Fy', 'chatcmpl-9x', 'msg_01'])('%s is told to be of a provider', (text) => {
    expect(() => requestId(text)).toThrow(`"${text}" is no request id of the gateway, but one that a provider gives`);
  });

  test('a long one is cut, and nothing of it gets to the terminal as it is', () => {
    expect(() => requestId(`\u001b[2J${'x'.repeat(500)}`)).toThrow(/^"\\u001b\[2Jx{76}…" is no request id/);
  });
});
