/** The command line signs people and programs in, at a real identity provider, and stays signed in. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { waitFor } from '../support/control-plane/index.ts';
import { developers } from '../support/cli/access.ts';
import { Machine } from '../support/cli/machine.ts';
import { Person } from '../support/cli/person.ts';
import { shim } from '../support/cli/shim.ts';
import {
  ACCESS,
  AUDIENCE,
  clientSecret,
  GREETING,
  GuardedGateway,
  resourceScope,
  sdks,
} from '../support/oidc/index.ts';

const NO_TOKEN = 'tidegate: no usable gateway token: run "tidegate login"\n';
const APP = 'application/x-www-form-urlencoded';

interface Kept {
  readonly token: string;
  readonly refreshToken?: string;
  readonly expiresAt: number;
}

let guarded: GuardedGateway;
let ada: Person;
let url: string;

beforeAll(async () => {
  guarded = await GuardedGateway.start({
    entry: { login: { clientID: 'cli', scopes: ['openid', 'offline_access', 'groups', resourceScope] } },
  });
  guarded.gateway.write(ACCESS, developers());
  const headers = { authorization: `Bearer ${guarded.idp.sign({ sub: 'ci' })}` };
  await waitFor('who may get', async () => {
    return (await fetch(guarded.gateway.provider('openai'), { headers })).status === 200;
  });
  ada = new Person('ada', guarded.idp.ca);
  ({ url } = guarded.gateway);
});

afterAll(async () => {
  await ada[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

beforeEach(() => {
  guarded.idp.accessTokenSeconds = 600;
});

describe('a person with a browser', () => {
  const machine = new Machine();
  let said = '';

  afterAll(() => machine[Symbol.dispose]());

  test('signs in by the URL of the gateway', async () => {
    const outcome = await ada.signsIn(machine, [url, ...flags(machine), '--prompt', 'consent', '-n', 'default']);
    said = outcome.stderr;
    expect(outcome).toMatchObject({ status: 0, stdout: '' });
    expect(said).toContain(`Signed in to ${url} as ada.\n`);
    expect(said).toContain(`Using profile "${profileOf(url)}"; the sign-in is kept in a file.\n`);
  });

  test('is known to the gateway', async () => {
    const { stdout } = await machine.run(['whoami']);
    expect(stdout).toMatch(/^User: +ada$/m);
    expect(stdout).toMatch(/^Groups: +research, system:authenticated$/m);
    expect(await machine.run(['whoami', '-o', 'name'])).toEqual({ status: 0, stdout: 'ada\n', stderr: '' });
    expect(parse((await machine.run(['whoami', '-o', 'yaml'])).stdout)).toMatchObject({
      username: 'ada',
      agent: 'cli',
    });
  });

  test('has a token for every SDK', async () => {
    const { stdout } = await machine.run(['token']);
    for (const sdk of Object.values(sdks)) expect(await sdk.plain(guarded.gateway, stdout.trim())).toBe(GREETING);
  });

  test('sees the providers that they may get, and the same objects as the gateway tells', async () => {
    const { stdout, stderr } = await machine.run(['provider', 'list']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NAME +TYPE +STATUS +MODELS +URL$/m);
    expect(stdout).toMatch(new RegExp(`^openai +OpenAI +\\w+ +all models +${url}/llm/v1/`, 'm'));
    const token = (await machine.run(['token'])).stdout.trim();
    const answer = await fetch(`${url}/llm/v1/providers/anthropic`, { headers: { authorization: `Bearer ${token}` } });
    const json = await machine.run(['provider', 'get', 'anthropic', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toEqual(await answer.json());
    expect((await machine.run(['providers', 'ls', '-o', 'name'])).stdout.trim().split('\n').toSorted()).toEqual([
      'anthropic',
      'bedrock',
      'gemini',
      'openai',
    ]);
  });

  test('is told what they may not do, and what is not there', async () => {
    const env = { TIDEGATE_TOKEN: guarded.idp.sign({ sub: 'nobody' }) };
    const forbidden = await machine.run(['provider', 'get', 'openai'], { env });
    expect(forbidden.status).toBe(4);
    expect(forbidden.stderr).toContain('hint: ask for a RoleBinding');
    const absent = await machine.run(['provider', 'get', 'nothing']);
    expect(absent.status).toBe(1);
    expect(absent.stderr).toContain('nothing');
  });

  test('has files that nobody else can read, and no token in the profile', () => {
    const { token, refreshToken = '' } = keptIn(machine);
    expect(refreshToken).not.toBe('');
    const tokens = `.local/state/tidegate/tokens/${profileOf(url)}.json`;
    expect(machine.modes()).toMatchObject({
      '.config/tidegate': '700/',
      '.config/tidegate/config.yaml': '600',
      '.local/state/tidegate/tokens': '700/',
      [tokens]: '600',
    });
    for (const secret of [token, refreshToken]) {
      expect(machine.filesWith(secret)).toEqual([tokens]);
      expect(said).not.toContain(secret);
      expect(guarded.gateway.process.log()).not.toContain(secret);
    }
  });

  test('signs out: nothing is left, and the refresh token is worth nothing', async () => {
    const { refreshToken = '', token } = keptIn(machine);
    const outcome = await machine.run(['logout']);
    expect(outcome).toEqual({ status: 0, stdout: '', stderr: `Signed out of ${url}.\n` });
    expect([...machine.filesWith(token), ...machine.filesWith(refreshToken)]).toEqual([]);
    expect(guarded.idp.origin.count('/token/revocation')).toBe(1);
    const body = `grant_type=refresh_token&client_id=cli&refresh_token=${encodeURIComponent(refreshToken)}`;
    expect(await askToken(body)).toBe(400);
    expect(await machine.run(['token'])).toEqual({ status: 3, stdout: '', stderr: NO_TOKEN });
    expect(await machine.run(['whoami'])).toMatchObject({ status: 3, stderr: NO_TOKEN });
  });

  test('leaves the gateway, its namespace and its authority for the next sign-in', async () => {
    const { stdout } = await machine.run(['profile', 'list', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: profileOf(url),
        url,
        namespace: 'default',
        certificateAuthority: expect.stringContaining('ca.pem'),
        current: true,
      },
    ]);
  });
});

test('the page is opened in the browser of the machine', async () => {
  using machine = new Machine();
  const calls = shim(machine, 'browser');
  machine.env['BROWSER'] = 'browser';
  const running = machine.start(['login', url, ...flags(machine)]);
  const [, page = ''] = await running.says(/^ {2}(https:\S+)$/m);
  const [call] = await waitFor('the browser to be opened', () => (calls().length > 0 ? calls() : undefined));
  expect(call?.args).toEqual([page]);
  const back = await ada.opens(page);
  const landing = await fetch(back.url);
  expect(landing.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await landing.text()).toContain('<h1>You are signed in</h1>');
  expect((await running.ended).stderr).toContain('as ada');
});

test('what is not the answer of this sign-in does not end it, and a refusal says why', async () => {
  using machine = new Machine();
  const running = machine.start(['login', '--no-browser', url, ...flags(machine)]);
  const [, page = ''] = await running.says(/^ {2}(https:\S+)$/m);
  const back = new URL(new URL(page).searchParams.get('redirect_uri') ?? '');
  expect((await fetch(new URL('/favicon.ico', back))).status).toBe(404);
  expect((await fetch(back)).status).toBe(404);
  expect((await fetch(back, { method: 'POST' })).status).toBe(404);
  back.search = String(
    new URLSearchParams({
      error: 'access_denied',
      error_description: 'Ada\nsaid no',
      state: new URL(page).searchParams.get('state') ?? '',
      iss: guarded.idp.issuer,
    }),
  );
  expect((await fetch(back)).status).toBe(400);
  expect(await running.ended).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('the sign-in was declined: Ada said no\n'),
  });
  expect(machine.modes()).not.toHaveProperty('.config');
});

test('an answer with another state is none: the sign-in waits for its own', async () => {
  using machine = new Machine();
  const running = machine.start(['login', '--no-browser', url, ...flags(machine)]);
  const [, page = ''] = await running.says(/^ {2}(https:\S+)$/m);
  const back = new URL(new URL(page).searchParams.get('redirect_uri') ?? '');
  back.search = String(new URLSearchParams({ code: 'stolen', state: 'another', iss: guarded.idp.issuer }));
  expect((await fetch(back)).status).toBe(404);
  expect((await fetch((await ada.opens(page)).url)).status).toBe(200);
  expect((await running.ended).stderr).toContain('as ada');
  expect(guarded.idp.origin.requests.filter((line) => line.includes('stolen'))).toEqual([]);
});

test('Ctrl-C ends a sign-in that nobody answers', async () => {
  using machine = new Machine();
  const running = machine.start(['login', '--no-browser', url, ...flags(machine)]);
  await running.says(/^ {2}https:\S+$/m);
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ status: 3, stderr: expect.stringContaining('tidegate: interrupted\n') });
});

describe('a person without a browser', () => {
  const machine = new Machine();

  afterAll(() => machine[Symbol.dispose]());

  test('confirms a code elsewhere', async () => {
    const running = machine.start(['login', url, ...flags(machine)]);
    const outcome = await ada.confirms(running);
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(/enter the code [A-Z]{4}-[A-Z]{4}\n/);
    expect(outcome.stderr).toContain(`Signed in to ${url} as ada.\n`);
    expect(keptIn(machine).refreshToken).toBeDefined();
  });

  test('stays signed in: a token that is about to end is refreshed, and the refresh token with it', async () => {
    age(machine);
    const before = keptIn(machine);
    const { stdout, stderr, status } = await machine.run(['token']);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const after = keptIn(machine);
    expect(stdout.trim()).toBe(after.token);
    expect(after.token).not.toBe(before.token);
    expect(after.refreshToken).not.toBe(before.refreshToken);
    for (const sdk of Object.values(sdks)) expect(await sdk.plain(guarded.gateway, stdout.trim())).toBe(GREETING);
  });

  test('commands at the same time refresh it once: one that spends a token twice would end the sign-in', async () => {
    age(machine);
    const asked = guarded.idp.origin.count('/token');
    const outcomes = await Promise.all(Array.from({ length: 4 }, async () => machine.run(['token'])));
    expect(new Set(outcomes.map(({ stdout }) => stdout)).size).toBe(1);
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(guarded.idp.origin.count('/token')).toBe(asked + 1);
    age(machine);
    expect(await machine.run(['whoami', '-o', 'name'])).toEqual({ status: 0, stdout: 'ada\n', stderr: '' });
  });

  test('a lock that a killed command left does not stop the next one', async () => {
    age(machine);
    machine.write(`.local/state/tidegate/tokens/${profileOf(url)}.lock`, '999999999');
    expect(await machine.run(['whoami', '-o', 'name'])).toMatchObject({ status: 0, stdout: 'ada\n' });
    expect(Object.keys(machine.modes()).filter((path) => path.includes('.lock'))).toEqual([]);
  });

  test('a refresh that fails takes no good token away', async () => {
    age(machine, 20_000);
    await guarded.idp.origin.stop();
    try {
      expect(await machine.run(['token'])).toMatchObject({ status: 0, stdout: `${keptIn(machine).token}\n` });
      age(machine, -1000);
      const { status, stderr } = await machine.run(['token']);
      expect(status).toBe(5);
      expect(stderr).toContain('cannot reach 127.0.0.1');
    } finally {
      await guarded.idp.origin.resume();
    }
    expect(await machine.run(['token'])).toMatchObject({ status: 0 });
  });

  test('a refresh that the issuer refuses ends in the sentence that everybody knows', async () => {
    const kept = keptIn(machine);
    keep(machine, { ...kept, expiresAt: Date.now() - 1000, refreshToken: 'revoked' });
    const { status, stdout, stderr } = await machine.run(['token']);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${NO_TOKEN}hint: the sign-in could not be refreshed: .*\n$`));
    expect(stderr).not.toContain('revoked');
  });

  test('tokens are for the gateway of their profile, and no other sees them', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ anonymous: true, jwt: [] }));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    for (const [args, env] of [
      [['--url', elsewhere], {}],
      [[], { TIDEGATE_URL: elsewhere }],
    ] as const) {
      await machine.run(['whoami', ...args], { env });
    }
    other.close();
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.join()).not.toContain('Bearer');
  });
});

test('a sign-in without a refresh token says how long it lasts, and then what to do', async () => {
  using machine = new Machine();
  guarded.idp.accessTokenSeconds = 5;
  const outcome = await ada.signsIn(machine, [url, ...flags(machine)]);
  expect(outcome.stderr).toMatch(/as ada, until 20\S+Z \(the identity provider gave no refresh token; some do with/);
  age(machine, -1000);
  expect(await machine.run(['token'])).toEqual({
    status: 3,
    stdout: '',
    stderr: `${NO_TOKEN}hint: the sign-in has expired\n`,
  });
});

describe('a program', () => {
  const credentials = ['--client-id', 'ci', '--scope', resourceScope, '--resource', AUDIENCE];

  test('signs in with the secret of a file, and again whenever its token ends', async () => {
    using machine = new Machine();
    const secret = machine.write('secret', `${clientSecret}\n`);
    const outcome = await machine.run(['login', url, ...ca(machine), ...credentials, '--client-secret-file', secret]);
    expect(outcome.stderr).toContain(`Signed in to ${url} as ci.\n`);
    const { token } = keptIn(machine);
    age(machine);
    expect(await machine.run(['whoami', '-o', 'name'])).toEqual({ status: 0, stdout: 'ci\n', stderr: '' });
    expect(keptIn(machine).token).not.toBe(token);
    expect(machine.filesWith(clientSecret)).toEqual(['secret']);
  });

  test('signs in with the secret of the environment, which is kept nowhere', async () => {
    using machine = new Machine();
    const env = { TIDEGATE_CLIENT_SECRET: clientSecret };
    const login = ['login', url, ...ca(machine), ...credentials, '--client-credentials'];
    expect(await machine.run(login, { env })).toMatchObject({ status: 0 });
    expect(machine.filesWith(clientSecret)).toEqual([]);
    age(machine, -1000);
    expect(await machine.run(['whoami', '-o', 'name'], { env })).toMatchObject({ status: 0, stdout: 'ci\n' });
    age(machine, -1000);
    const without = await machine.run(['whoami']);
    expect(without.status).toBe(2);
    expect(without.stderr).toContain('hint: set TIDEGATE_CLIENT_SECRET, or name a file with --client-secret-file');
  });

  test('with a wrong secret is told so', async () => {
    using machine = new Machine();
    const env = { TIDEGATE_CLIENT_SECRET: 'wrong-secret' };
    const { status, stderr } = await machine.run(
      ['login', url, ...ca(machine), ...credentials, '--client-credentials'],
      { env },
    );
    expect(status).toBe(3);
    expect(stderr).toContain('the identity provider gives no token');
    expect(stderr).not.toContain('wrong-secret');
    expect(machine.modes()).not.toHaveProperty('.config');
  });
});

describe('where a gateway and a token come from', () => {
  const machine = new Machine();
  let token: string;

  beforeAll(() => {
    token = guarded.idp.sign({ sub: 'ci' });
    machine.write(
      '.config/tidegate/config.yaml',
      JSON.stringify({
        apiVersion: 'client.tidegate.io/v1alpha1',
        kind: 'ClientConfiguration',
        currentProfile: 'here',
        profiles: [
          { name: 'here', url, namespace: 'of-profile' },
          { name: 'away', url: 'http://127.0.0.1:9' },
        ],
      }),
    );
  });

  afterAll(() => machine[Symbol.dispose]());

  test('TIDEGATE_TOKEN needs no sign-in', async () => {
    const env = { TIDEGATE_TOKEN: token };
    expect(await machine.run(['whoami', '-o', 'name'], { env })).toEqual({ status: 0, stdout: 'ci\n', stderr: '' });
    expect(await machine.run(['token'], { env })).toEqual({ status: 0, stdout: `${token}\n`, stderr: '' });
  });

  test('a token that has ended, or is not good, is told apart', async () => {
    const ended = { TIDEGATE_TOKEN: guarded.idp.sign({ exp: 1_700_000_000 }) };
    expect(await machine.run(['whoami'], { env: ended })).toEqual({
      status: 3,
      stdout: '',
      stderr:
        'tidegate: no usable gateway token: TIDEGATE_TOKEN expired at 2023-11-14T22:13:20.000Z\n' +
        'hint: set it anew, or unset it and run "tidegate login"\n',
    });
    for (const odd of ['Bearer abc', 'a\nb', 'gr\u00fcn']) {
      expect(await machine.run(['whoami'], { env: { TIDEGATE_TOKEN: odd } })).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(
          /^tidegate: no usable gateway token: TIDEGATE_TOKEN holds .*\nhint: .*"Bearer"\n$/,
        ),
      });
    }
    const foreign = { TIDEGATE_TOKEN: guarded.idp.sign({ aud: 'https://elsewhere.example.com' }) };
    const outcome = await machine.run(['whoami'], { env: foreign });
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toContain('no usable gateway token: ');
  });

  test.each([
    ['of-profile', [], {}],
    ['of-environment', [], { TIDEGATE_NAMESPACE: 'of-environment' }],
    ['of-flag', ['-n', 'of-flag'], { TIDEGATE_NAMESPACE: 'of-environment' }],
  ])('the namespace %s wins', async (namespace, args, env) => {
    const command = ['provider', 'list', ...args];
    const { stderr } = await machine.run(command, { env: { TIDEGATE_TOKEN: token, ...env } });
    expect(stderr).toContain(`in the namespace "${namespace}"`);
  });

  test.each([
    ['the current profile', 0, [], {}],
    ['a profile of the environment', 5, [], { TIDEGATE_PROFILE: 'away' }],
    ['a profile by flag', 0, ['--profile', 'here'], { TIDEGATE_PROFILE: 'away' }],
    ['a URL of the environment', 5, [], { TIDEGATE_URL: 'http://127.0.0.1:9' }],
    ['a URL by flag', 0, ['--url', '@'], { TIDEGATE_URL: 'http://127.0.0.1:9', TIDEGATE_PROFILE: 'away' }],
  ])('%s wins', async (_name, status, args, env) => {
    const command = ['whoami', '-o', 'name', ...args.map((word) => word.replace('@', url))];
    expect(await machine.run(command, { env: { TIDEGATE_TOKEN: token, ...env } })).toMatchObject({ status });
  });

  test('profiles are listed, switched and deleted', async () => {
    expect((await machine.run(['profile', 'list'])).stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['CURRENT', 'NAME', 'URL', 'NAMESPACE'],
      ['*', 'here', url, 'of-profile'],
      ['', 'away', 'http://127.0.0.1:9'],
      [''],
    ]);
    expect(await machine.run(['profile', 'use', 'away'])).toMatchObject({
      status: 0,
      stderr: 'Using profile "away".\n',
    });
    expect((await machine.run(['profile', 'list', '-o', 'yaml'])).stdout).toContain('current: true');
    expect(await machine.run(['profile', 'delete', 'away'])).toMatchObject({ status: 0 });
    expect((await machine.run(['profile', 'list', '-o', 'name'])).stdout).toBe('here\n');
    expect(await machine.run(['whoami'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no gateway is named'),
    });
    expect(await machine.run(['profile', 'use', 'away'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no profile "away"'),
    });
  });

  test('a file of profiles that cannot be read is named, with what is wrong', async () => {
    using broken = new Machine();
    const file = broken.write('.config/tidegate/config.yaml', 'profiles: [}');
    const { status, stderr } = await broken.run(['profile', 'list']);
    expect(status).toBe(2);
    expect(stderr).toContain(`tidegate: ${file}: `);
  });
});

describe('a keychain', () => {
  test('that cannot be asked is not waited for', async () => {
    using machine = new Machine({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' });
    const outcome = await ada.signsIn(machine, [url, ...flags(machine)]);
    expect(outcome.stderr).toContain('the sign-in is kept in a file.\n');
  });
});

function ca(machine: Machine): string[] {
  return ['--certificate-authority', machine.write('ca.pem', guarded.idp.ca)];
}

function flags(machine: Machine): string[] {
  return [...ca(machine), '--resource', AUDIENCE];
}

function profileOf(of: string): string {
  return new URL(of).host.replace(':', '-');
}

function keptIn(machine: Machine): Kept {
  return JSON.parse(machine.read(`.local/state/tidegate/tokens/${profileOf(url)}.json`)) as Kept;
}

function keep(machine: Machine, kept: Kept): void {
  machine.write(`.local/state/tidegate/tokens/${profileOf(url)}.json`, JSON.stringify(kept));
}

/** The kept token has this much time left, in milliseconds. */
function age(machine: Machine, left = 10_000): void {
  keep(machine, { ...keptIn(machine), expiresAt: Date.now() + left });
}

/** Asks the issuer for a token; returns its status. */
async function askToken(body: string): Promise<number> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', ca: guarded.idp.ca, headers: { 'content-type': APP } };
    request(`${guarded.idp.issuer}/token`, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end(body);
  });
}
