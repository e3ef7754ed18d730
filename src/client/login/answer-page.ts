/** What the browser shows when a sign-in comes back to this program: one page of its own, which loads nothing. */
import { createHash } from 'node:crypto';

/** `Foreign`: the browser asked for something that is no answer to a sign-in. */
export type Answer =
  | { readonly kind: 'SignedIn'; readonly issuer: string }
  | { readonly kind: 'Failed'; readonly why: string }
  | { readonly kind: 'Foreign' };

export interface AnswerPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const STYLE = `
:root { color-scheme: light dark; --back: #f3f5f8; --card: #fff; --line: #d8dee6; --text: #17202c; --soft: #566274; --good: #0f7b4f; --bad: #b3321f; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161c; --card: #1b212a; --line: #323b48; --text: #e7ecf3; --soft: #a3afbf; --good: #4cc38a; --bad: #ff8f7c; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 28rem; padding: 2.25rem 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; text-align: center; overflow-wrap: anywhere; }
svg { width: 3rem; height: 3rem; fill: none; stroke: var(--soft); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.SignedIn svg { stroke: var(--good); }
.Failed svg { stroke: var(--bad); }
h1 { margin: .75rem 0 .5rem; font-size: 1.5rem; text-wrap: balance; }
p { margin: .5rem 0; }
.Failed p::first-letter { text-transform: uppercase; }
.soft { color: var(--soft); }
code { padding: .1rem .35rem; border: 1px solid var(--line); border-radius: 5px; font: .9em ui-monospace, monospace; white-space: nowrap; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .85rem; }
`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    'img-src data:',
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  // The code in the address must not travel on.
  'referrer-policy': 'no-referrer',
  connection: 'close',
};

/** Whatever comes from elsewhere is shown as text. */
export function answerPage(answer: Answer): AnswerPage {
  const { status, title, mark, text } = contentOf(answer);
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Tidegate</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main class="${answer.kind}">
<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="${mark}"/></svg>
<h1>${title}</h1>
${text.join('\n')}
<footer>Tidegate</footer>
</main>
</body>
</html>
`;
  return { status, headers: HEADERS, body };
}

interface Content {
  readonly status: number;
  readonly title: string;
  /** Path of an SVG of 24 by 24. */
  readonly mark: string;
  /** HTML. */
  readonly text: readonly string[];
}

function contentOf(answer: Answer): Content {
  if (answer.kind === 'SignedIn') {
    return {
      status: 200,
      title: 'You are signed in',
      mark: 'm7.5 12.5 3 3 6-7',
      text: [
        `<p>${escaped(answer.issuer)} knows who you are.</p>`,
        '<p class="soft">Go back to the terminal: the command goes on there. You can close this page.</p>',
      ],
    };
  }
  if (answer.kind === 'Failed') {
    return {
      status: 400,
      title: 'You are not signed in',
      mark: 'm8.5 8.5 7 7m0-7-7 7',
      text: [
        `<p>${escaped(answer.why)}</p>`,
        '<p class="soft">Go back to the terminal. To try again, run <code>tidegate login</code>. You can close this page.</p>',
      ],
    };
  }
  return {
    status: 404,
    title: 'Nothing to see here',
    mark: 'M12 7.5v5.5m0 3.2v.1',
    text: [
      '<p>A sign-in to Tidegate waits for its answer at this address, and this is not it.</p>',
      '<p class="soft">Open the page that the terminal shows.</p>',
    ],
  };
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
