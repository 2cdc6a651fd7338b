// The modes of gpu.js that Node has, on a few golden files; `pnpm golden --backend gpu-webasm` checks all.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BACKENDS } from './backends.ts';
import { readGolden } from './folder.ts';
import { checkFile } from './golden.ts';

const FEW = /^(norse-jf-lif-step-perneuron|snntorch-rleaky-zero|tracetorch-lits-round-rank1|surrogates-norse)\.json$/;
const files = readGolden(join(import.meta.dirname, 'vectors')).filter(({ name }) => FEW.test(name));

describe.for(['gpu-webasm', 'gpu-cpu'])('%s', (name) => {
  test('computes what the origins computed, step by step and compiled, with the tolerances of float32', { timeout: 120_000 }, async () => {
    const single = await BACKENDS[name]();
    expect(single.widened).toBe(1);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files)
      for (const path of ['plain', 'compiled'] as const)
        expect(await checkFile(file, path, single)).toMatchObject({ name: file.name, status: 'passed', problems: [] });
  });

  test('is not let through when a spike is elsewhere', async () => {
    const found = files.find((file) => file.name === 'norse-jf-lif-step-perneuron.json');
    if (!found || 'kind' in found.content) throw new Error('no such golden file');
    const { out } = found.content.outputs;
    const moved = out.data.with(out.data.indexOf(1), 0);
    const content = { ...found.content, outputs: { ...found.content.outputs, out: { ...out, data: moved } } };
    const { problems } = await checkFile({ ...found, content }, 'compiled', await BACKENDS[name]());
    expect(problems.join('\n')).toMatch(/out at step \d+: 1 spikes differ/);
  });
});
