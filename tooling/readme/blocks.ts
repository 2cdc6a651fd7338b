// Finds the TypeScript examples of a Markdown text and what they say they print. Reads no files, runs nothing.
//
// Every block that opens with ```ts is an example that runs; ```ts ignore is one that does not (a sketch, a type);
// ```ts file=src/a.ts is a module that the other blocks of its document can import as './src/a.ts'.
// A comment `// => text` after a console.log, or on the line below it, is what that console.log must print.

export interface Block {
  /** The line of the Markdown text on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Path of the module that the block is; absent for an example that runs by itself. */
  readonly file?: string;
}

export interface Expectation {
  /** The line of the code on which the console.log stands, counted from 1. */
  readonly line: number;
  readonly text: string;
}

export function findBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: number; line: number; runs: boolean; code: string[]; file?: string } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(text);
    if (!open) {
      if (!fence) continue;
      const [language, ...words] = fence[3].split(/\s+/);
      const runs = ['ts', 'typescript'].includes(language) && !words.includes('ignore');
      const file = words.find((word) => word.startsWith('file='))?.slice('file='.length);
      open = { fence: fence[2], indent: fence[1].length, line: index + 2, runs, code: [], ...(file && { file }) };
    } else if (fence && fence[3] === '' && fence[2].startsWith(open.fence)) {
      if (open.runs) blocks.push({ line: open.line, code: open.code.join('\n'), ...(open.file && { file: open.file }) });
      open = undefined;
    } else {
      open.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)));
    }
  }
  return blocks;
}

export function findExpectations(code: string): readonly Expectation[] {
  const expectations: Expectation[] = [];
  let lastLog = 0;
  for (const [index, text] of code.split('\n').entries()) {
    if (text.includes('console.log(')) lastLog = index + 1;
    const comment = /\/\/ =>(.*)$/.exec(text);
    if (!comment) continue;
    if (lastLog === 0) throw new Error(`"// =>" on line ${index + 1} follows no console.log.`);
    const previous = expectations.at(-1);
    if (previous?.line === lastLog) {
      expectations[expectations.length - 1] = { line: lastLog, text: `${previous.text}\n${comment[1].trim()}` };
    } else {
      expectations.push({ line: lastLog, text: comment[1].trim() });
    }
  }
  return expectations;
}
