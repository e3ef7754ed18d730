import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseManifests, type ParsedFile } from './documents.ts';
import type { Problem } from './types.ts';

/** Bytes of one file, like the API server's bound on a request. */
const MAX_FILE_BYTES = 3 * 1024 * 1024;
const MAX_FILES = 2000;
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

/** One file's text, or why it cannot be had. */
export type FileText =
  { readonly file: string; readonly text: string } | { readonly file: string; readonly problem: Problem };

/** A file's manifests, or what is wrong with the file. */
export interface ReadFile extends ParsedFile {
  readonly file: string;
}

/** Everything in a directory, or why the directory as a whole cannot be used. */
export type DirectoryReading = { readonly files: readonly FileText[] } | { readonly problem: Problem };

/**
 * Texts of the manifests directly in a directory, sorted by name: `*.yaml`, `*.yml` and `*.json`, no hidden files and
 * no editors' temporary ones. Links are followed, so that a mounted ConfigMap works. `read` gives a file's text.
 */
export async function readDirectory(
  directory: string,
  read: (file: string) => Promise<FileText | undefined> = readText,
): Promise<DirectoryReading> {
  let names: string[];
  try {
    names = (await readdir(directory)).filter(isManifest).sort();
  } catch (error) {
    return {
      problem: problemAt(
        directory,
        `the directory cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      ),
    };
  }
  if (names.length > MAX_FILES) {
    return {
      problem: problemAt(directory, `the directory has ${names.length} manifest files; at most ${MAX_FILES} are read`),
    };
  }
  const files: FileText[] = [];
  let total = 0;
  for (const name of names) {
    const text = await read(path.join(directory, name));
    if (text === undefined) continue;
    if ('text' in text) total += text.text.length;
    if (total > MAX_TOTAL_BYTES) {
      return { problem: problemAt(directory, `the manifests are larger than ${MAX_TOTAL_BYTES} bytes together`) };
    }
    files.push(text);
  }
  return { files };
}

/** Undefined: the file vanished, or is no regular file. */
export async function readText(file: string): Promise<FileText | undefined> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) return undefined;
    if (stats.size > MAX_FILE_BYTES) return unusable(file, `the file is larger than ${MAX_FILE_BYTES} bytes`);
    const bytes = await readFile(file);
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unusable(file, 'the file is not UTF-8');
    return unusable(file, `the file cannot be read: ${code ?? String(error)}`);
  }
}

export function parseFile(text: FileText): ReadFile {
  if ('problem' in text) return { file: text.file, documents: [], problems: [text.problem] };
  return { file: text.file, ...parseManifests(text.text, text.file) };
}

function isManifest(name: string): boolean {
  return /\.(?:ya?ml|json)$/.test(name) && !/^[.#~]/.test(name);
}

function unusable(file: string, message: string): FileText {
  return { file, problem: problemAt(file, message) };
}

function problemAt(file: string, message: string): Problem {
  return { severity: 'error', file, line: 1, column: 1, message };
}
