// What counts as an example, and what it promises to print.

import { expect, test } from 'vitest';
import { findBlocks, findExpectations } from './blocks.ts';

test('ts blocks run, others and ignored ones do not', () => {
  const text = [
    '# Title',
    '```ts',
    'a();',
    '```',
    '```js',
    'b();',
    '```',
    '```ts ignore',
    'c();',
    '```',
    '  ```typescript',
    '  d();',
    '  ```',
  ];
  expect(findBlocks(text.join('\n'))).toEqual([
    { line: 3, code: 'a();' },
    { line: 12, code: 'd();' },
  ]);
});

test('a block can be a module that others import', () => {
  const text = '```ts file=src/a.ts\nexport const a = 1;\n```\n```ts\nimport "./src/a.ts";\n```';
  expect(findBlocks(text)).toEqual([
    { line: 2, code: 'export const a = 1;', file: 'src/a.ts' },
    { line: 5, code: 'import "./src/a.ts";' },
  ]);
});

test('a fence inside a longer fence is text', () => {
  expect(findBlocks('````md\n```ts\na();\n```\n````\n```ts\nb();\n```')).toEqual([{ line: 7, code: 'b();' }]);
});

test('an expectation belongs to the console.log before it', () => {
  const code = ['console.log(1); // => 1', 'f();', 'console.log(', '  2,', ');', '// => 2', '// => more'];
  expect(findExpectations(code.join('\n'))).toEqual([
    { line: 1, text: '1' },
    { line: 3, text: '2\nmore' },
  ]);
});

test('an expectation without a console.log is a mistake', () => {
  expect(() => findExpectations('f(); // => 1')).toThrow('follows no console.log');
});
