import { describe, expect, test } from '@jest/globals';
import { requestHead } from '../../../test/support/wire.ts';
import { joinPath } from './join-path.ts';

describe('joinPath', () => {
  test.each([
    ['https://api.openai.com/v1', '/chat/completions', '/v1/chat/completions'],
    ['https://api.openai.com/v1', '/v1/chat/completions', '/v1/chat/completions'],
    ['https://api.openai.com/v1', '/v1', '/v1'],
    ['https://api.openai.com/v1', '/v1/', '/v1/'],
    ['https://api.openai.com/v1', '/v1/v1/models', '/v1/v1/models'],
    ['https://api.openai.com/v1', '/v10/models', '/v1/v10/models'],
    ['https://api.openai.com/v1', '/v1beta/models', '/v1/v1beta/models'],
    ['https://open.bigmodel.cn/api/paas/v4', '/v4/models', '/api/paas/v4/models'],
    ['https://open.bigmodel.cn/api/paas/v4', '/v1/models', '/api/paas/v4/v1/models'],
    ['http://vllm:8000', '/v1/models', '/v1/models'],
    ['http://vllm:8000', '', '/'],
    ['http://vllm:8000/base', '', '/base'],
    ['http://vllm:8000/base/v', '/v/models', '/base/v/v/models'],
    ['https://api.openai.com/v1', '/models/a%2Fb%3a%5B1m%5D', '/v1/models/a%2Fb%3a%5B1m%5D'],
    ['https://api.openai.com/v1', '/x//y/', '/v1/x//y/'],
    ['https://api.openai.com/v1', '/files?a=%7e+b&&c=[x]&d', '/v1/files?a=%7e+b&&c=[x]&d'],
  ])('%s and %s make %s', (base, target, url) => {
    expect(joinPath(base, requestHead('GET', target))).toBe(url);
  });
});
