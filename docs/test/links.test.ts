// Every link of the documentation leads somewhere: to a file of the repository and, after a #, to a heading or an element in it.

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md', 'benchmarks/*.md'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
});

/** Markdown without blocks and spans of code. */
const prose = (text: string): string => text.replace(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchor that a heading gets: lower case, without punctuation, spaces as hyphens. */
const anchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchors = (file: string): readonly string[] => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchor(heading));
};

test('there are documents', () => expect(documents.length).toBeGreaterThan(50));

test.each(documents)('%s', (document) => {
  const file = join(root, document);
  // the label may hold code, which is gone by now
  const links = [...prose(readFileSync(file, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path, heading] = link.split('#');
    const target = path === '' ? file : resolve(dirname(file), path);
    if (!existsSync(target)) return true;
    return heading !== undefined && (statSync(target).isDirectory() || !anchors(target).includes(heading));
  });
  expect(broken).toEqual([]);
});

test('the index lists every page', () => {
  const index = readFileSync(join(root, 'docs', 'README.md'), 'utf8');
  const pages = globSync(['*.md', 'neurons/*.md'], { cwd: join(root, 'docs') }).filter((page) => page !== 'README.md');
  expect(pages.filter((page) => !index.includes(`](${page.replaceAll('\\', '/')})`))).toEqual([]);
});
