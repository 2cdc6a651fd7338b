/**
 * The product kernels of the compiled tier, as WebAssembly: `packMatrix`, `multiply`, `multiplyTransposed`, `transpose`, `addRows` and `addRowsReversed`, and
 * what they call. Addresses are in bytes, counts in numbers, arrays row-major float32 without gaps. Several threads may call one function at
 * once, with ranges that do not overlap and scratch of their own.
 */
import type { FunctionSpec } from '@snn/compile/wasm';
import { ADD_ROWS } from './add-rows.ts';
import { COLUMNS } from './columns.ts';
import { EVENTS } from './events.ts';
import { gather } from './gather.ts';
import { GRADIENT_CHUNKS } from './gradient-chunks.ts';
import { multiply, packMatrix, productBlock } from './multiply.ts';
import { multiplyTransposed } from './multiply-transposed.ts';
import { pack } from './strips.ts';
import { tiles } from './tiles.ts';
import { transpose, transposePlaces, transposeStrided } from './transpose.ts';

export { multiplyScratchBytes, packedBytes } from './multiply.ts';
export { multiplyTransposedScratchBytes } from './multiply-transposed.ts';

/**
 * All functions of the products.
 *
 * @param fused whether a multiplication and the addition after it are rounded once (relaxed SIMD): 1.2 to 1.3 times as fast for dense operands,
 *   other bits than the plain tier's.
 */
export const products = (fused: boolean): readonly FunctionSpec[] => [
  ...EVENTS,
  pack,
  ...gather(fused),
  ...tiles(fused),
  productBlock,
  packMatrix,
  multiply,
  transpose,
  transposeStrided,
  transposePlaces,
  ...COLUMNS,
  ...GRADIENT_CHUNKS,
  multiplyTransposed,
  ...ADD_ROWS,
];
