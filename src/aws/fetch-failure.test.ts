import { describe, expect, test } from '@jest/globals';
import { fetchFailure } from './fetch-failure.ts';

function named(name: string, message: string, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, ...extra });
}

describe('a failure to fetch credentials says', () => {
  test.each([
    [
      'what STS says',
      named('AccessDenied', 'User: arn:aws:iam::123456789012:user/a is not authorized to perform: sts:AssumeRole'),
      'AccessDenied: User: arn:aws:iam::123456789012:user/a is not authorized to perform: sts:AssumeRole',
    ],
    [
      'what the SDK says',
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      'Could not load credentials from any providers',
    ],
    ['that nobody listens', named('Error', '', { code: 'ECONNREFUSED' }), 'it could not be reached (ECONNREFUSED)'],
    [
      'no address',
      named('CredentialsProviderError', 'Error: connect ECONNREFUSED 169.254.170.23:80'),
      'it could not be reached (ECONNREFUSED)',
    ],
    ['that it took too long', named('TimeoutError', 'socket hang up'), 'it did not answer in time'],
    // The SDK calls every end of a connection a timeout.
    ['that it was cut', named('TimeoutError', 'x', { code: 'ECONNRESET' }), 'it could not be reached (ECONNRESET)'],
    ['that no connection came about in time', named('Error', '', { code: 'ETIMEDOUT' }), 'it did not answer in time'],
    [
      'that a service is broken',
      named('SyntaxError', 'unexpected content', { $metadata: { httpStatusCode: 502 } }),
      'it answered with status 502',
    ],
    [
      'nothing of an answer that cannot be read',
      named('SyntaxError', `Unexpected token 'w', "cessKey":wJalrXUtnFEMI" is not valid JSON`),
      'it answered with something that is not JSON',
    ],
    [
      'nothing of it as the SDK wraps it',
      named(
        'CredentialsProviderError',
        `SyntaxError: Unexpected token 'w', "cessKey":wJalrXUtnFEMI" is not valid JSON`,
      ),
      'it answered with something that is not JSON',
    ],
    [
      'nothing of a command line',
      named('CredentialsProviderError', 'Command failed: /bin/vault --token=hvs.secret\nno'),
      'the credential_process of the profile failed',
    ],
    [
      'no line that quotes the request',
      named(
        'SignatureDoesNotMatch',
        "The signature does not match.\n\nThe Canonical String was\n'POST\nx-amz-security-token:IQ",
      ),
      'SignatureDoesNotMatch: The signature does not match',
    ],
    [
      'no key and no token',
      named(
        'Weird',
        'token FwoGZXIvYXdzEBYaDHqa0AP3vJp1Q2Z3x4y5z6A7b8C9d0E1f2== and key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      ),
      'Weird: token … and key …',
    ],
    [
      'the names of roles and files, however long',
      named(
        'ENOENT',
        'no such file /var/run/secrets/eks.amazonaws.com/serviceaccount/token of assumed-role/AmazonEKSNodeRoleForProductionClusters',
      ),
      'ENOENT: no such file /var/run/secrets/eks.amazonaws.com/serviceaccount/token of assumed-role/AmazonEKSNodeRoleForProductionClusters',
    ],
  ])('%s', (_, error, reason) => {
    const failure = fetchFailure('the default chain (instance metadata)', error);
    expect(failure.message).toBe(`the default chain (instance metadata) gave no credentials of AWS: ${reason}`);
    expect(failure.cause).toBeUndefined();
  });

  test('no more than fits', () => {
    expect(fetchFailure('it', new Error('x y '.repeat(1000))).message.length).toBeLessThan(500);
  });
});
