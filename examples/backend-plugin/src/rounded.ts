/** The backend `rounded`: every number a double in a Float64Array, rounded to float32 after each operation. Slow, exact, and complete. */
import { type Backend, defineBackend, dtypeError } from '@snn/core';
import { ARITHMETIC } from './arithmetic.ts';
import { MOVEMENT } from './movement.ts';
import type { Rounded } from './storage.ts';

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Make the backend. Nothing is registered: it is a value, to be passed on. */
export function rounded(): Backend<Rounded> {
  return defineBackend<Rounded>({
    name: 'rounded',
    supports: {
      dtypes: ['float32', 'int32', 'bool'],
      maxRank: 16,
      syncRead: false,
      memory: 'gc',
      exactF32: true,
      nonFinite: true,
      relativeError: 2 ** -23,
      compile: 'none',
    },
    fromData(data, shape, dtype = 'float32') {
      const values = Float64Array.from(data, (x) => (dtype === 'float32' ? Math.fround(x) : dtype === 'bool' ? Number(x !== 0) : x));
      const bad = dtype === 'int32' ? values.find((x) => (x | 0) !== x) : undefined;
      if (bad !== undefined) throw dtypeError(`fromData: ${bad} is not a whole number of 32 bits, which int32 needs.`);
      return { shape, dtype, values };
    },
    read: async (x) => ARRAYS[x.dtype].from(x.values),
    dispose() {}, // the garbage collector's business
    ...ARITHMETIC,
    ...MOVEMENT,
  });
}
