import { describe, expect, test } from '@jest/globals';
import { providerEntry, requestHead, responseHead, scanBody } from '../../../test/support/wire.ts';
import { wireFor } from '../registry.ts';
import type { BodyScan, ModelLocation } from '../wire.ts';

const wire = wireFor('OpenAI');
const allowing = providerEntry(['gpt-4o']);
const anything = providerEntry();
const BODY = Buffer.from('{"model":"gpt-4o","stream":true}');

function scan(entry = allowing, headers: Readonly<Record<string, string>> = {}, body = BODY): BodyScan | undefined {
  const head = requestHead('POST', '/chat/completions', headers);
  const scanner = wire.bodyScanner(wire.classify(head, entry), head, entry);
  return scanner === undefined ? undefined : scanBody(scanner, [body]);
}

describe('the registry', () => {
  test('gives OpenAI and compatible providers the same wire', () => {
    expect(wireFor('OpenAICompatible')).toBe(wire);
  });
});

describe('the credential', () => {
  test('is attached as a bearer token', () => {
    expect(wire.credentialHeaders(allowing, 'OpenAI')).toEqual([['authorization', 'Bearer sk-provider']]);
  });

  test('is nothing for an upstream without keys', () => {
    expect(wire.credentialHeaders(providerEntry([], { credential: { kind: 'None' } }), 'OpenAI')).toEqual([]);
  });

  test('has headers that only the gateway may set', () => {
    for (const [name] of wire.credentialHeaders(allowing, 'OpenAI')) expect(wire.credentialHeaderNames).toContain(name);
  });
});

describe('the body scanner', () => {
  test.each([
    ['no content type', {}],
    ['JSON', { 'content-type': 'application/json' }],
    ['JSON in UTF-8', { 'content-type': 'application/json; charset=UTF-8' }],
    ['a type built on JSON', { 'content-type': 'application/vnd.api+json' }],
    ['identity encoding', { 'content-encoding': 'identity' }],
  ])('reads a body with %s', (_, headers) => {
    expect(scan(allowing, headers)).toMatchObject({ kind: 'Valid', model: 'gpt-4o', stripUsage: true });
  });

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'content-type': 'text/plain' }],
    ['multipart that is no form', { 'content-type': 'multipart/mixed; boundary=x' }],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
    ['UTF-7', { 'content-type': 'application/json; charset=utf-7' }],
    ['two charsets', { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }],
  ])('refuses %s while there is an allowlist, and reads it as JSON without one', (_, headers) => {
    expect(scan(allowing, headers)?.kind).toBe('Invalid');
    expect(scan(anything, headers)).toMatchObject({ kind: 'Valid', model: 'gpt-4o' });
  });

  test('refuses a compressed body while there is an allowlist, and lets it pass unread without one', () => {
    expect(scan(allowing, { 'content-encoding': 'gzip' })?.kind).toBe('Invalid');
    expect(scan(anything, { 'content-encoding': 'gzip' })).toBeUndefined();
  });

  test('leaves streams as the client asks where the provider says so', () => {
    expect(scan(providerEntry([], { streamUsage: 'AsClient' }))).toMatchObject({
      stream: true,
      splices: [],
      stripUsage: false,
    });
  });

  test.each([
    ['GET', '/models'],
    ['GET', '/models/gpt-4o'],
    ['POST', '/files'],
    ['POST', '/unknown'],
  ])('is not needed for %s %s', (method, path) => {
    const head = requestHead(method, path);
    expect(wire.bodyScanner(wire.classify(head, anything), head, anything)).toBeUndefined();
  });

  test('asks no usage of calls that report it anyway', () => {
    const head = requestHead('POST', '/responses');
    const scanner = wire.bodyScanner(wire.classify(head, allowing), head, allowing);
    expect(scanBody(scanner, [BODY])).toMatchObject({ stream: true, splices: [], stripUsage: false });
  });
});

describe('the meter', () => {
  const model: ModelLocation = { in: 'None', allowlisted: 'Pass' };
  const operation = {
    name: 'chat',
    api: 'OpenAI',
    model,
    metered: true,
    usageOnRequest: true,
    modelList: false,
  } as const;

  test('is there for what is metered and succeeded', () => {
    expect(wire.meter(operation, responseHead())).toBeDefined();
    expect(wire.meter({ ...operation, metered: false }, responseHead())).toBeUndefined();
    expect(wire.meter(operation, responseHead({}, 429))).toBeUndefined();
  });
});
