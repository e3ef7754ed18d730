import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { anchorsOf, linksOf, markdownFiles, read, repository } from './markdown.ts';

/** What is wrong with the relative links of a page. */
function brokenLinks(path: string, text: string): readonly string[] {
  return linksOf(text)
    .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target))
    .flatMap(({ target, line }) => {
      const [file = '', anchor] = target.split('#');
      const found = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(repository, found))) return [`${path}:${line}: ${target}: no such file`];
      if (anchor === undefined) return [];
      if (statSync(join(repository, found)).isDirectory())
        return [`${path}:${line}: ${target}: a folder has no anchors`];
      const anchors = anchorsOf(file === '' ? text : read(found));
      return anchors.has(anchor) ? [] : [`${path}:${line}: ${target}: no such heading`];
    });
}

describe('links', () => {
  test.each(markdownFiles())('of %s lead somewhere', (path) => {
    expect(brokenLinks(path, read(path))).toEqual([]);
  });

  test('that lead nowhere are found', () => {
    const page = '# Title\n[a](docs/nothing.md) [b](#title) [c](#other) [d](README.md#nothing)\n`[e](nowhere)`\n';
    expect(brokenLinks('README.md', page)).toEqual([
      'README.md:2: docs/nothing.md: no such file',
      'README.md:2: #other: no such heading',
      'README.md:2: README.md#nothing: no such heading',
    ]);
  });

  test('reach every page of docs/ from its index', () => {
    const index = read('docs/README.md') + read('docs/adr/README.md').replaceAll('](0', '](adr/0');
    const pages = markdownFiles().filter((path) => path.startsWith('docs/') && !path.endsWith('README.md'));
    const unreachable = pages.filter((path) => !index.includes(`(${path.slice('docs/'.length)})`));
    expect(unreachable).toEqual([]);
  });
});
