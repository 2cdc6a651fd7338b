/** Flatten: `[B, ...] -> [B, N]`. */
import { sizeOf } from '@snn/core';
import { type Layer, stateless } from '../layer.ts';

/** All axes after the batch as one. */
export const flatten = (): Layer =>
  stateless(
    'flatten',
    (shape) => (shape === null ? null : [sizeOf(shape)]),
    (b, input) => b.reshape(input, [input.shape[0], sizeOf(input.shape.slice(1))]),
  );
