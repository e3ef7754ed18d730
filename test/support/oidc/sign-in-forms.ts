/** What an identity provider asks a person in an ordinary browser: who they are, and whether a program may act for them. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The form that signs somebody in; `isWrong`: once more, after a password that was not theirs. */
export function showSignInForm(response: ServerResponse, { isWrong }: { readonly isWrong: boolean }): void {
  show(
    response,
    'Sign in',
    `${isWrong ? '<p role="alert">Wrong user or password.</p>' : ''}
<label>User <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button name="decision" value="yes">Sign in</button>
<button name="decision" value="no" formnovalidate>Cancel</button>`,
  );
}

/** Asks for consent. */
export function showConsentForm(response: ServerResponse, client: string): void {
  show(
    response,
    'Allow access',
    `<p>${client} wants to act for you.</p>
<button name="decision" value="yes">Allow</button>
<button name="decision" value="no">Deny</button>`,
  );
}

function show(response: ServerResponse, title: string, fields: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><form method="post">${fields}</form></html>`,
  );
}

/** Fields of a form that was sent; undefined: the page was only opened. */
export async function sentForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  if (request.method !== 'POST') return undefined;
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}
