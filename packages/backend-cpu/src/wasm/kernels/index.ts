/**
 * The product kernels of the compiled tier, as WebAssembly: `multiply`, `multiplyTransposed`, `transpose`, `addRows` and `addRowsReversed`, and
 * what they call. Addresses are in bytes, counts in numbers, arrays row-major float32 without gaps. Several threads may call one function at
 * once, with ranges that do not overlap and scratch of their own.
 */
import type { FunctionSpec } from '@snn/compile/wasm';
import { ADD_ROWS } from './add-rows.ts';
import { list, writeShuffles } from './events.ts';
import { GATHER } from './gather.ts';
import { GRADIENT_CHUNKS } from './gradient-chunks.ts';
import { multiply, productBlock } from './multiply.ts';
import { multiplyTransposed } from './multiply-transposed.ts';
import { pack } from './strips.ts';
import { TILES } from './tiles.ts';
import { transpose, transposePlaces, transposeStrided } from './transpose.ts';

export { multiplyScratchBytes } from './multiply.ts';
export { multiplyTransposedScratchBytes } from './multiply-transposed.ts';

/** All functions of the products. */
export const PRODUCTS: readonly FunctionSpec[] = [
  writeShuffles,
  list,
  pack,
  ...GATHER,
  ...TILES,
  productBlock,
  multiply,
  transpose,
  transposeStrided,
  transposePlaces,
  ...GRADIENT_CHUNKS,
  multiplyTransposed,
  ...ADD_ROWS,
];
