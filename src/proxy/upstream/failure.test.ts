import { describe, expect, test } from '@jest/globals';
import { describeFailure } from './failure.ts';

const failing = (code: string): Error => Object.assign(new Error(`connect ${code} 10.1.2.3:443`), { code });

describe('failures of an upstream', () => {
  test.each([
    ['ECONNREFUSED', 'ConnectionRefused', 502, 'UpstreamUnreachable', 'refused the connection'],
    ['ENOTFOUND', 'NameNotResolved', 502, 'UpstreamUnreachable', 'has a host name that cannot be resolved'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TimedOut', 502, 'UpstreamUnreachable', 'did not accept the connection in time'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TimedOut', 504, 'UpstreamTimeout', 'did not begin to answer in time'],
    ['UND_ERR_BODY_TIMEOUT', 'TimedOut', 504, 'UpstreamTimeout', 'stopped in the middle of its answer'],
    ['HPE_INVALID_CONSTANT', 'NotHTTP', 502, 'UpstreamUnreachable', 'answered with something that is not HTTP'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLSFailed', 502, 'UpstreamUnreachable', 'failed the TLS handshake'],
    ['ERR_INVALID_CHAR', 'NotHTTP', 502, 'UpstreamUnreachable', 'answered with a header that cannot be passed on'],
    ['SOMETHING_NEW', 'Unreachable', 502, 'UpstreamUnreachable', 'could not be reached'],
  ])('%s is %s %i %s', (code, kind, status, refusal, reason) => {
    expect(describeFailure(failing(code))).toEqual({ kind, status, code: refusal, reason });
  });

  test('of a parser that has no code for what it read are told as what they are', () => {
    const error = Object.assign(new Error('Response does not match'), { name: 'HTTPParserError', code: undefined });
    expect(describeFailure(error).reason).toBe('answered with something that is not HTTP');
  });

  test('of every address is that of the first', () => {
    const error = new AggregateError([failing('ECONNREFUSED'), failing('ETIMEDOUT')]);
    expect(describeFailure(error).reason).toBe('refused the connection');
  });

  test('that are no errors at all are told, too', () => {
    expect(describeFailure(undefined).reason).toBe('could not be reached');
  });
});
