/**
 * The kernels of convolution and pooling, as WebAssembly. Images are `[B, C, H, W]`, row-major float32; addresses are in bytes. Several threads may
 * call one function at once, with ranges that do not overlap and scratch of their own. The bits are those of `../../images.ts`.
 */
import type { FunctionSpec } from '@snn/compile/wasm';
import { imageConvolve } from './convolve.ts';
import { imageDense, imagePad } from './dense.ts';
import { imageEvents } from './events.ts';
import { imageLargest, imageLargestGradient, imageMean, imageMeanGradient, imageSums } from './pools.ts';
import { imageTable } from './tables.ts';
import { imageTaps, imageTurn } from './turn.ts';
import { imageWeightGradient } from './weight-gradient.ts';

export { type ImageCall, type ImageOperand, imageCall } from './call.ts';

/** All functions on images. */
export const IMAGES: readonly FunctionSpec[] = [
  imageTable,
  imageTaps,
  imageTurn,
  imageEvents,
  imagePad,
  imageDense,
  imageConvolve,
  imageWeightGradient,
  imageMean,
  imageMeanGradient,
  imageLargest,
  imageLargestGradient,
  imageSums,
];
