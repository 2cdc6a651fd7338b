/** The manifest: what a backend says of itself is complete, and refused where it says no. */
import type { Supports } from '@snn/core';
import type { Group } from '../case.ts';
import { check, checkNumbers, checkSteps, checkThrows } from '../check.ts';
import { SYNC_READ } from '../needs.ts';

export const manifest: Group = {
  name: 'manifest',
  cases: [
    {
      name: 'spec is 1 and the name is not empty',
      run({ bare }) {
        check(bare.spec === 1, `spec: expected 1, got ${String(bare.spec)}.`);
        check(typeof bare.name === 'string' && bare.name.length > 0, `name: expected some text, got ${String(bare.name)}.`);
      },
    },
    {
      name: 'supports is complete and JSON-safe',
      run({ supports }) {
        const { dtypes, maxRank, memory, relativeError, compile } = supports;
        for (const claim of ['syncRead', 'exactF32', 'nonFinite'] satisfies (keyof Supports)[])
          check(typeof supports[claim] === 'boolean', `supports.${claim}: expected true or false, got ${String(supports[claim])}.`);
        check(dtypes.includes('float32'), `supports.dtypes: float32 is required, but the list is ${dtypes.join(', ')}.`);
        check(Number.isInteger(maxRank) && maxRank >= 6, `supports.maxRank: expected a whole number of at least 6, got ${maxRank}.`);
        check(['gc', 'manual'].includes(memory), `supports.memory: expected gc or manual, got ${memory}.`);
        check(relativeError > 0 && relativeError < 1, `supports.relativeError: expected a number between 0 and 1, got ${relativeError}.`);
        check(['none', 'step'].includes(compile), `supports.compile: expected none or step, got ${compile}.`);
        const text = JSON.stringify(supports);
        check(
          JSON.stringify(JSON.parse(text)) === text && Object.values(supports).every((x) => typeof x !== 'function'),
          'supports: expected data that JSON can hold.',
        );
      },
    },
    {
      name: 'readSync exists if and only if it is claimed',
      run({ bare, supports }) {
        check(
          (bare.readSync !== undefined) === supports.syncRead,
          `supports.syncRead is ${supports.syncRead}, but readSync is ${bare.readSync ? 'present' : 'absent'}.`,
        );
      },
    },
    {
      name: 'readSync gives what read gives',
      needs: SYNC_READ,
      async run(c) {
        const x = c.b.fromData([1, 2.5, -3], [3]);
        check(c.b.readSync !== undefined, 'readSync: claimed by supports.syncRead, but absent.');
        checkNumbers(c, 'readSync([1, 2.5, -3])', c.b.readSync(x), await c.b.read(x));
      },
    },
    {
      name: 'a dtype that is claimed is accepted and one that is not is refused',
      async run({ b, supports }) {
        for (const dtype of ['float32', 'int32', 'bool'] as const) {
          const make = (): unknown => b.fromData([1, 0], [2], dtype);
          if (supports.dtypes.includes(dtype)) make();
          else await checkThrows(`fromData of ${dtype}, which is not among supports.dtypes`, ['dtype', 'unsupported'], make);
        }
      },
    },
    {
      name: 'a rank up to maxRank is computed with and one above is refused',
      async run(c) {
        const { b, supports } = c;
        const ones = new Array<number>(supports.maxRank).fill(1);
        const high = [...ones.slice(1), 2];
        const x = b.fromData([1.5, 2.5], high);
        checkSteps(c, `add of two tensors of rank ${supports.maxRank}`, await b.read(b.add(x, x)), [3, 5], 1);
        await checkThrows(`fromData of rank ${supports.maxRank + 1}`, ['unsupported'], () => b.fromData([1, 2], [1, ...high]));
        await checkThrows(`reshape to rank ${supports.maxRank + 1}`, ['unsupported'], () => b.reshape(x, [1, ...high]));
      },
    },
  ],
};
