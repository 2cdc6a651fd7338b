/** Storage: what goes in comes out, in memory of its own. */

import type { Group } from '../case.ts';
import { check, checkMeta, checkNumbers, checkThrows, show } from '../check.ts';
import { BOOL, EXACT_F32, INT32 } from '../needs.ts';
import { edgeNumbers, randomNumbers } from '../samples.ts';

export const storage: Group = {
  name: 'storage',
  cases: [
    {
      name: 'float32 numbers come back as they went in',
      async run(c) {
        const numbers = [...edgeNumbers(c.supports), ...randomNumbers(c.seed, 'storage', 100)];
        for (const data of [numbers, Float32Array.from(numbers), Float64Array.from(numbers)]) {
          const x = c.b.fromData(data, [1, numbers.length]);
          checkMeta('fromData', x, { shape: [1, numbers.length], dtype: 'float32' });
          const got = await c.b.read(x);
          check(got.BYTES_PER_ELEMENT >= 4 && !Number.isInteger(got.fill(0.5)[0]), 'read: expected a Float32Array or a Float64Array.');
          checkNumbers(c, `fromData and read of ${show(numbers)}`, await c.b.read(x), numbers);
        }
      },
    },
    {
      name: 'numbers are rounded to float32 when they are stored',
      needs: EXACT_F32,
      async run(c) {
        const data = [0.1, 1 + 2 ** -24, 1 + 2 ** -24 + 2 ** -40, 16777217, 1e-46, -1 / 3];
        checkNumbers(c, `fromData of ${show(data)}`, await c.b.read(c.b.fromData(data, [6])), data.map(Math.fround));
      },
    },
    {
      name: 'int32 numbers come back as they went in',
      needs: INT32,
      async run(c) {
        const data = [0, 1, -1, 16777217, 2147483647, -2147483648];
        const x = c.b.fromData(data, [2, 3], 'int32');
        checkMeta('fromData of int32', x, { shape: [2, 3], dtype: 'int32' });
        const got = await c.b.read(x);
        checkNumbers(c, `fromData of int32 ${show(data)}`, got, data);
        check(Object.prototype.toString.call(got) === '[object Int32Array]', 'read of int32: expected an Int32Array.');
      },
    },
    {
      name: 'int32 refuses numbers that are not whole',
      needs: INT32,
      async run({ b }) {
        for (const bad of [0.5, 2 ** 31, Number.NaN]) {
          await checkThrows(`fromData of int32 [1, ${bad}]`, ['dtype'], () => b.fromData([1, bad], [2], 'int32'));
        }
      },
    },
    {
      name: 'bool holds 0 and 1',
      needs: BOOL,
      async run(c) {
        const x = c.b.fromData([0, 1, 2, -0.5], [4], 'bool');
        checkMeta('fromData of bool', x, { shape: [4], dtype: 'bool' });
        const got = await c.b.read(x);
        checkNumbers(c, 'fromData of bool [0, 1, 2, -0.5]', got, [0, 1, 1, 1]);
        check(Object.prototype.toString.call(got) === '[object Uint8Array]', 'read of bool: expected an Uint8Array.');
      },
    },
    {
      name: 'arithmetic on int32 and bool gives float32',
      needs: INT32,
      async run(c) {
        const x = c.b.fromData([1, -2, 3], [3], 'int32');
        const y = c.b.add(x, 0.5);
        checkMeta('add(int32, 0.5)', y, { shape: [3], dtype: 'float32' });
        checkNumbers(c, 'add([1, -2, 3] int32, 0.5)', await c.b.read(y), [1.5, -1.5, 3.5]);
      },
    },
    {
      name: 'a scalar has shape []',
      async run(c) {
        const x = c.b.fromData([3], []);
        checkMeta('fromData([3], [])', x, { shape: [], dtype: 'float32' });
        checkNumbers(c, 'fromData([3], [])', await c.b.read(x), [3]);
      },
    },
    {
      name: 'the array that was given may be changed afterwards',
      async run(c) {
        const data = Float32Array.of(1, 2, 3);
        const x = c.b.fromData(data, [3]);
        data.fill(9);
        checkNumbers(c, 'fromData([1, 2, 3]), then the array was overwritten', await c.b.read(x), [1, 2, 3]);
      },
    },
    {
      name: 'the array that was read may be changed',
      async run(c) {
        const x = c.b.fromData([1, 2, 3], [3]);
        (await c.b.read(x)).fill(9);
        c.b.readSync?.(x).fill(9);
        checkNumbers(c, 'read of [1, 2, 3], after the array that an earlier read gave was overwritten', await c.b.read(x), [1, 2, 3]);
      },
    },
    {
      name: 'a shape that was given may be changed afterwards',
      async run(c) {
        const shape = [2, 3];
        const x = c.b.fromData([1, 2, 3, 4, 5, 6], shape);
        const y = c.b.reshape(x, shape);
        const z = c.b.broadcast(c.b.fromData([1], []), shape);
        shape[0] = 7;
        for (const t of [x, y, z])
          checkMeta('a tensor made with shape [2, 3], then the list was overwritten', t, { shape: [2, 3], dtype: 'float32' });
      },
    },
  ],
};
