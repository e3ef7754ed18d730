import { describe, expect, test } from '@jest/globals';
import { CommandError } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';
import type { AccessToken } from '../types.ts';
import { planClaude, type ClaudeFlags } from './claude-plan.ts';
import { hasSettingsFile, withSettings } from './claude-settings.ts';
import { planCodex } from './codex-plan.ts';
import { contradictions, variablesOf } from './env.ts';
import { planGemini } from './gemini-plan.ts';
import { showVariables } from './shells.ts';
import { shellCommand } from './token-command.ts';
import { refreshMilliseconds } from './token-life.ts';
import type { KnownTarget, PlanInput } from './types.ts';

const now = Date.UTC(2026, 10, 21);
const secret = 'secret-token';
const token: AccessToken = { value: new Redacted(secret), expiresAt: now + 3_600_000, isRefreshable: true };
const url = 'https://llm.example.com/llm/v1/providers/p';

function input<Flags>(known: KnownTarget | undefined, flags: Flags, more: object = {}): PlanInput<Flags> {
  return {
    target: { name: 'p', url, known },
    flags,
    env: {},
    agentArguments: ['-p', "it's"],
    token,
    tokenCommand: ['/usr/bin/node', '/opt/my tools/main.js', 'token'],
    certificateAuthority: undefined,
    now,
    ...more,
  };
}

const anthropic: KnownTarget = { type: 'Anthropic', isPassthrough: false, models: [] };
const passthrough: KnownTarget = { ...anthropic, isPassthrough: true };
const bedrock: KnownTarget = { ...anthropic, type: 'Bedrock' };

describe('Claude Code', () => {
  const modeOf = (known: KnownTarget | undefined, flags: ClaudeFlags): string => {
    const { env } = planClaude(input(known, flags));
    if (env['CLAUDE_CODE_USE_BEDROCK'] === '1') return 'Bedrock';
    return env['ANTHROPIC_CUSTOM_HEADERS'] === undefined ? 'Managed' : 'Passthrough';
  };

  test.each([
    [undefined, {}, 'Managed'],
    [undefined, { passthrough: true }, 'Passthrough'],
    [undefined, { bedrock: true }, 'Bedrock'],
    [anthropic, {}, 'Managed'],
    [anthropic, { passthrough: true }, 'Managed'],
    [anthropic, { bedrock: true }, 'Managed'],
    [passthrough, {}, 'Passthrough'],
    [passthrough, { bedrock: true }, 'Passthrough'],
    [bedrock, {}, 'Bedrock'],
  ])('with the provider %j and the flags %j it is %s', (known, flags, mode) => {
    expect(modeOf(known, flags)).toBe(mode);
  });

  test.each([[bedrock], [undefined]])('passthrough on Bedrock is an error: %j', (known) => {
    expect(() => planClaude(input(known, { passthrough: true, bedrock: true }))).toThrow(CommandError);
  });

  test.each([
    [anthropic, {}],
    [passthrough, {}],
    [bedrock, {}],
  ])('no token is among the arguments: %j', (known, flags) => {
    const { arguments: words } = planClaude(input(known, flags));
    expect(words.join(' ')).not.toContain(secret);
    expect(words.slice(-2)).toEqual(['-p', "it's"]);
  });

  test.each([
    [anthropic, 'X-Team: blue'],
    [bedrock, 'X-Team: blue'],
    [passthrough, `X-Team: blue\nX-Tidegate-Authorization: Bearer ${secret}`],
  ])('a token of ours that is left in the headers goes, and theirs stay: %j', (known, headers) => {
    const left = { ANTHROPIC_CUSTOM_HEADERS: 'X-Team: blue\nx-tidegate-authorization: Bearer old' };
    expect(planClaude(input(known, {}, { env: left })).env).toMatchObject({ ANTHROPIC_CUSTOM_HEADERS: headers });
  });

  test('settings of the user after -- are put under ours, and stay where they are', () => {
    const settings = { apiKeyHelper: 'h', env: { B: '2' } };
    const { arguments: words, files } = withSettings(
      ['--settings', '{"env":{"A":"1","B":"1"},"x":1}', '-p'],
      settings,
      undefined,
    );
    expect(files).toEqual({});
    expect(words).toEqual([
      '--settings',
      '{"env":{"A":"1","B":"1"},"x":1}',
      '--settings',
      '{"env":{"A":"1","B":"2"},"x":1,"apiKeyHelper":"h"}',
      '-p',
    ]);
    expect(() => withSettings(['--settings=nowhere.json'], { env: {} }, '/h', () => '[]')).toThrow(
      'must be a JSON object',
    );
  });

  test.each([[['--settings', 'own.json']], [['--settings=own.json']]])(
    'what the user has in a file comes on no command line: %j',
    (own) => {
      const read = (): string => '{"env":{"TOKEN":"of-the-user"}}';
      const { arguments: words, files } = withSettings([...own, '-p'], { env: { B: '2' } }, '/h', read);
      expect(hasSettingsFile(own)).toBe(true);
      expect(words).toEqual([...own, '--settings', '/h/settings.json', '-p']);
      expect(JSON.parse(files['settings.json'] ?? '')).toEqual({ env: { TOKEN: 'of-the-user', B: '2' } });
    },
  );

  test.each([
    [['claude-sonnet-5', 'claude-haiku-4-5'], undefined, 'claude-sonnet-5', 'claude-haiku-4-5'],
    [['claude-sonnet-5[1m]'], 'claude-sonnet-5[1m]', 'claude-sonnet-5[1m]', 'claude-sonnet-5'],
    [['claude-opus-4-8', 'claude-haiku-4-5'], 'opus', 'opus', 'claude-haiku-4-5'],
  ])('of %j, %s wanted, it takes %s, and %s in the background', (models, model, main, background) => {
    const { env } = planClaude(input({ ...anthropic, models }, { ...(model !== undefined && { model }) }));
    expect(env).toMatchObject({ ANTHROPIC_MODEL: main, ANTHROPIC_DEFAULT_HAIKU_MODEL: background });
  });

  test('a background model that is not allowed is told with those that are', () => {
    const models = ['claude-sonnet-5', 'claude-haiku-4-5'];
    const env = { ANTHROPIC_SMALL_FAST_MODEL: 'claude-3-haiku' };
    const { warnings } = planClaude(input({ ...anthropic, models }, { model: 'sonnet' }, { env }));
    expect(warnings).toEqual([
      'the background model "claude-3-haiku" is not allowed: "claude-haiku-4-5" is used. ' +
        'The provider "p" allows: claude-sonnet-5, claude-haiku-4-5',
    ]);
  });
});

test('Codex: the token is neither in the arguments, nor in the environment, nor in the files', () => {
  const known: KnownTarget = { type: 'OpenAI', isPassthrough: false, models: [] };
  const directories = { home: '/h', directory: '/project', userDirectory: '/home/ada' };
  const plan = planCodex({ ...input(known, { autoTrust: false }), ...directories });
  expect(JSON.stringify(plan)).not.toContain(secret);
  expect(plan.files?.['config.toml']).toContain('args = ["/opt/my tools/main.js", "token"]\n');
  expect(plan.files?.['config.toml']).not.toContain('trust_level');
  // What is undefined is taken away.
  expect(JSON.parse(JSON.stringify(plan.env))).toEqual({ CODEX_HOME: '/h' });
  expect(plan.env).toMatchObject({ CODEX_SQLITE_HOME: undefined, CODEX_API_KEY: undefined });
  // A server that outlives the session would lose its home.
  expect(plan.arguments).toEqual(['-c', 'features.daemon_auto_start=false', '-p', "it's"]);
});

test('Gemini CLI: the token is in the environment alone, and its end is told', () => {
  const known: KnownTarget = { type: 'GoogleAI', isPassthrough: false, models: [] };
  const settings = { file: '/home/ada/.gemini/settings.json', content: '{"ui":{"theme":"//x"}} // y' };
  const workspace = { file: '/project/.gemini/settings.json', content: undefined };
  const {
    env,
    files,
    arguments: words,
    warnings,
  } = planGemini({ ...input(known, {}), home: '/h', settings, workspace });
  expect(env['GEMINI_API_KEY']).toBe(secret);
  expect(JSON.stringify([files, words])).not.toContain(secret);
  expect(JSON.parse(files?.['.gemini/settings.json'] ?? '')).toEqual({
    ui: { theme: '//x' },
    security: { auth: { selectedType: 'gemini-api-key' } },
  });
  expect(warnings).toEqual([expect.stringMatching(/^the gateway token ends in 60 min /)]);
});

test.each(['null', '[]', '"x"', ''])('Gemini CLI: settings that are %j are told', (content) => {
  const known: KnownTarget = { type: 'GoogleAI', isPassthrough: false, models: [] };
  const none = { file: '/project/.gemini/settings.json', content: undefined };
  const odd = { file: '/home/ada/.gemini/settings.json', content };
  const plan = (settings: typeof none | typeof odd, workspace: typeof none | typeof odd) => () =>
    planGemini({ ...input(known, {}), home: '/h', settings, workspace });
  expect(plan(odd, none)).toThrow(CommandError);
  expect(plan(none, odd)).toThrow(CommandError);
});

test('a token is asked for well within the life of the last one', () => {
  expect(refreshMilliseconds({ expiresAt: now + 60_000 }, now)).toBe(30_000);
  expect(refreshMilliseconds({ expiresAt: now + 3_600_000 }, now)).toBe(300_000);
  expect(refreshMilliseconds({ expiresAt: undefined }, now)).toBe(300_000);
});

test('variables that contradict those of tidegate env are told', () => {
  const env = { ANTHROPIC_API_KEY: 'k', GOOGLE_API_KEY: 'k', GOOGLE_GENAI_USE_VERTEXAI: '' };
  expect(contradictions(anthropic, env)).toEqual([
    'ANTHROPIC_API_KEY is set, too, and tools use it beside or instead of what is printed here: unset ANTHROPIC_API_KEY',
  ]);
  expect(contradictions({ ...anthropic, type: 'GoogleAI' }, env)).toEqual([
    expect.stringContaining('unset GOOGLE_API_KEY'),
  ]);
  expect(contradictions(passthrough, env)).toEqual([]);
  expect(contradictions(bedrock, env)).toEqual([]);
});

test('words and values are quoted for the shell that reads them', () => {
  expect(shellCommand(['/a b/node', "it's", '--x=1'], 'linux')).toBe(`'/a b/node' 'it'\\''s' --x=1`);
  expect(showVariables('shell', { A: "it's" })).toBe(`export A='it'\\''s'\n`);
  expect(showVariables('fish', { A: String.raw`a\'` })).toBe(String.raw`set -gx A 'a\\\''` + '\n');
  expect(variablesOf({ url }, passthrough, undefined, {})).toEqual({ ANTHROPIC_BASE_URL: url });
});
