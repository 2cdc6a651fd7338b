/** Pooling over images `[B, C, H, W]`: the mean or the largest of each square window. */
import { avgPool2d as avgPool2dOp, maxPool2d as maxPool2dOp, shapeError } from '@snn/core';
import { type Layer, type StepFunction, show, stateless, title } from '../layer.ts';
import { wholeNumber } from './check.ts';

function pool(name: string, size: number, stride: number, f: StepFunction): Layer {
  wholeNumber(`${name}: size`, size);
  wholeNumber(`${name}: stride`, stride);
  return stateless(
    name,
    (shape, path) => {
      if (shape === null) return null;
      if (shape.length !== 3 || shape[1] < size || shape[2] < size)
        throw shapeError(
          `${title(name, path)}: takes images [B, C, H, W] of at least ${size} x ${size} pixels, but one input has shape ${show(shape)}.`,
        );
      return [shape[0], ...shape.slice(1).map((n) => Math.floor((n - size) / stride) + 1)];
    },
    f,
  );
}

/** Mean of each `size x size` window. Default stride: `size`. */
export const avgPool2d = (size: number, stride: number = size): Layer =>
  pool('avgPool2d', size, stride, (b, input) => avgPool2dOp(b, input, size, stride));

/** Largest of each `size x size` window; of spikes: whether any came. Default stride: `size`. */
export const maxPool2d = (size: number, stride: number = size): Layer =>
  pool('maxPool2d', size, stride, (b, input) => maxPool2dOp(b, input, size, stride));
