/** What the throw-away home of Gemini CLI shares with the user's own: everything but the settings. */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { FOLDER, SETTINGS } from './gemini-plan.ts';

/** @param own the user's folder; there may be none */
export function shareGeminiFolder(home: string, own: string): void {
  const folder = path.join(home, FOLDER);
  mkdirSync(folder, { mode: 0o700 });
  if (!existsSync(own)) return;
  for (const { name } of readdirSync(own, { withFileTypes: true })) {
    if (name !== SETTINGS) symlinkSync(path.join(own, name), path.join(folder, name));
  }
}
