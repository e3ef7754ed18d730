/** `tidegate login` with a real browser: what its person sees and does, and what the terminal makes of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Chromium, chromiumPackage } from '../support/cli/chromium.ts';
import { Machine, type RunningCommand } from '../support/cli/machine.ts';
import { AUDIENCE, GuardedGateway, resourceScope } from '../support/oidc/index.ts';

const browserPackage = chromiumPackage();
const describeBrowser = 'missing' in browserPackage ? describe.skip : describe;

const PASSWORD = 'password-of-ada-77';

describeBrowser('a person before a browser', () => {
  let guarded: GuardedGateway;
  let url: string;

  beforeAll(async () => {
    guarded = await GuardedGateway.start({
      entry: { login: { clientID: 'cli', scopes: ['openid', 'offline_access', 'groups', resourceScope] } },
    });
    guarded.idp.passwords.set('ada', PASSWORD);
    ({ url } = guarded.gateway);
  });

  afterAll(() => guarded[Symbol.asyncDispose]());

  interface Sitting extends AsyncDisposable {
    readonly machine: Machine;
    readonly running: RunningCommand;
    readonly browser: Chromium;
    readonly page: Page;
  }

  /** A `login` that has opened the browser. */
  async function sitting(): Promise<Sitting> {
    if ('missing' in browserPackage) throw new Error(browserPackage.missing);
    const machine = new Machine();
    const browser = new Chromium(machine, browserPackage, guarded.idp.origin.pin);
    const ca = machine.write('ca.pem', guarded.idp.ca);
    const flags = ['--certificate-authority', ca, '--resource', AUDIENCE, '--prompt', 'consent'];
    const running = machine.start(['login', url, ...flags]);
    return {
      machine,
      running,
      browser,
      page: await browser.page(),
      [Symbol.asyncDispose]: async () => {
        running.child.kill('SIGKILL');
        await browser[Symbol.asyncDispose]();
        machine[Symbol.dispose]();
      },
    };
  }

  async function fillIn(page: Page, password: string): Promise<void> {
    await page.getByLabel('User').fill('ada');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  test('fills in the form, allows it, and is signed in where the command runs', async () => {
    await using at = await sitting();
    const { page, running, machine } = at;
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.location().url.startsWith('http:')) complaints.push(message.text());
    });
    await fillIn(page, 'a-wrong-one');
    await page.getByRole('alert').waitFor();
    await fillIn(page, PASSWORD);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    const { status, stdout, stderr } = await running.ended;
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain(`Signed in to ${url} as ada.\n`);
    expect(await machine.run(['whoami', '-o', 'name'])).toEqual({ status: 0, stdout: 'ada\n', stderr: '' });
    // It stays when nobody listens any more, and has asked for nothing that it may not have.
    expect(await page.getByRole('main').innerText()).toContain('Go back to the terminal');
    expect(await page.title()).toBe('You are signed in - Tidegate');
    expect(complaints).toEqual([]);
  });

  test('denies it: the page and the terminal say so', async () => {
    await using at = await sitting();
    const { page, running, machine } = at;
    await fillIn(page, PASSWORD);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(/the sign-in was declined: the person said no/i);
    const { status, stderr } = await running.ended;
    expect(status).toBe(3);
    expect(stderr).toMatch(/\n\ntidegate: the sign-in was declined: the person said no\n$/);
    expect(await machine.run(['profile', 'list', '-o', 'name'])).toMatchObject({ status: 0, stdout: '' });
  });

  test('closes it without an answer: the command waits, until Ctrl-C', async () => {
    await using at = await sitting();
    const { page, running, browser } = at;
    await page.getByLabel('User').waitFor();
    await browser.close();
    expect(running.child.exitCode).toBeNull();
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('\n\ntidegate: interrupted\n'),
    });
  });

  test('sees what an identity provider says as text, whatever is in it, and so does the terminal', async () => {
    await using at = await sitting();
    const { page, running } = at;
    const [, asked = ''] = await running.says(/^ {2}(https:\S+)$/m);
    const { searchParams } = new URL(asked);
    const back = new URL(searchParams.get('redirect_uri') ?? '');
    // The browser opens what it is told to before it goes elsewhere.
    await page.getByLabel('User').waitFor();
    const foreign = await page.goto(back.href);
    expect(foreign?.status()).toBe(404);
    back.search = new URLSearchParams({
      error: 'access_denied',
      error_description: '<img src="/x"><script>document.title = "taken"</script>\u001b[2J"\'',
      state: searchParams.get('state') ?? '',
      iss: guarded.idp.issuer,
    }).toString();
    await page.goto(back.href);
    expect(await page.title()).toBe('You are not signed in - Tidegate');
    expect(await page.getByRole('main').innerText()).toContain(
      '<img src="/x"><script>document.title = "taken"</script>',
    );
    expect(await page.locator('img, script').count()).toBe(0);
    const { status, stderr } = await running.ended;
    expect(status).toBe(3);
    expect(stderr).not.toContain('\u001b');
  });
});
