import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NoGatewayError, gatewayURL, resolveSettings } from './settings.ts';

describe('the URL of a gateway', () => {
  test.each([
    ['https://llm.example.com', 'https://llm.example.com'],
    ['https://llm.example.com/', 'https://llm.example.com'],
    ['llm.example.com', 'https://llm.example.com'],
    ['llm.example.com:8443/ai/', 'https://llm.example.com:8443/ai'],
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1:8080/llm/v1', 'http://127.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['HTTPS://LLM.example.com/ai/llm/v1/providers/openai', 'https://llm.example.com/ai'],
  ])('%s is kept as %s', (text, url) => expect(gatewayURL(text)).toBe(url));

  test.each([
    ['', 'is no URL'],
    ['ftp://llm.example.com', 'is no URL'],
    ['https://ada:secret@llm.example.com', 'must not hold a user name'],
    ['https://llm.example.com/?a=1', 'no query'],
    ['https://llm.example.com/#a', 'no query'],
  ])('%s is refused', (text, message) => expect(() => gatewayURL(text)).toThrow(message));

  test('a password in it is not repeated', () => {
    expect(() => gatewayURL('https://ada:secret@llm.example.com')).not.toThrow('secret');
  });
});

describe('settings', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-settings-'));
  const env = { TIDEGATE_CONFIG: path.join(folder, 'config.yaml') };
  const authority = path.join(folder, 'ca.pem');

  beforeAll(() => {
    const profiles = [
      { name: 'a', url: 'https://a.example.com', namespace: 'team-a', certificateAuthority: authority },
      { name: 'b', url: 'https://b.example.com' },
      { name: 'by-hand', url: 'h.example.com/' },
      { name: 'broken', url: 'http://[' },
    ];
    const document = { apiVersion: 'client.tidegate.io/v1alpha1', kind: 'ClientConfiguration', currentProfile: 'a' };
    writeFileSync(env.TIDEGATE_CONFIG, JSON.stringify({ ...document, profiles }));
    writeFileSync(authority, '-----BEGIN CERTIFICATE-----\n');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    [{}, {}, 'https://a.example.com', 'team-a', 'a'],
    [{}, { TIDEGATE_URL: '', TIDEGATE_NAMESPACE: '' }, 'https://a.example.com', 'team-a', 'a'],
    [{}, { TIDEGATE_NAMESPACE: 'x' }, 'https://a.example.com', 'x', 'a'],
    [{ namespace: 'y' }, { TIDEGATE_NAMESPACE: 'x' }, 'https://a.example.com', 'y', 'a'],
    [{}, { TIDEGATE_PROFILE: 'b' }, 'https://b.example.com', undefined, 'b'],
    [{ profile: 'a' }, { TIDEGATE_PROFILE: 'b' }, 'https://a.example.com', 'team-a', 'a'],
    [{ namespace: '' }, {}, 'https://a.example.com', 'team-a', 'a'],
    [{ profile: 'by-hand' }, {}, 'https://h.example.com', undefined, 'by-hand'],
    [{ profile: 'by-hand' }, { TIDEGATE_URL: 'https://h.example.com' }, 'https://h.example.com', undefined, 'by-hand'],
    // The same gateway, named otherwise.
    [{ url: 'a.example.com/' }, {}, 'https://a.example.com', 'team-a', 'a'],
    // Another gateway: nothing of the profile is for it.
    [{}, { TIDEGATE_URL: 'c.example.com' }, 'https://c.example.com', undefined, undefined],
    [{ url: 'd.example.com' }, { TIDEGATE_URL: 'c.example.com' }, 'https://d.example.com', undefined, undefined],
  ])('%j with %j', async (flags, variables, url, namespace, profile) => {
    const { settings } = await resolveSettings(flags, { ...env, ...variables });
    expect(settings).toMatchObject({ url, namespace, profile });
    expect(settings.ca === undefined).toBe(profile !== 'a');
  });

  test('without a gateway there are none', async () => {
    const nowhere = { TIDEGATE_CONFIG: path.join(folder, 'none.yaml') };
    await expect(resolveSettings({}, nowhere)).rejects.toThrow(NoGatewayError);
  });

  test.each(['..', 'team a', 'a/b'])('%j is no namespace, and no step in a path', async (namespace) => {
    await expect(resolveSettings({ namespace }, env)).rejects.toThrow('cannot be the name of a namespace');
  });

  test('a profile whose URL is none says so', async () => {
    await expect(resolveSettings({ profile: 'broken' }, env)).rejects.toThrow('"http://[" is no URL of a gateway');
  });

  test('where there cannot be a file there are no profiles', async () => {
    const nobody = { HOME: '/dev/null', TIDEGATE_URL: 'https://a.example.com' };
    expect((await resolveSettings({}, nobody)).settings.url).toBe('https://a.example.com');
  });

  test('what is named and not there is told', async () => {
    await expect(resolveSettings({ profile: 'c' }, env)).rejects.toThrow(`there is no profile "c" in ${folder}`);
    await expect(resolveSettings({ certificateAuthority: '/nowhere' }, env)).rejects.toThrow(
      'cannot read the certificate authority',
    );
    const flags = { certificateAuthority: env.TIDEGATE_CONFIG };
    await expect(resolveSettings(flags, env)).rejects.toThrow('holds no certificate in PEM');
  });
});
