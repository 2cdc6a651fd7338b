/**
 * Convolutional synapses over images `[B, C, H, W]`: cross-correlation with `weight [O, C, k, k]`, plus `bias [O]`. Initial values as in torch:
 * uniform in +-1/sqrt(C k k), both.
 */
import { type Backend, checkNames, conv2d as conv2dOp, type Key, shapeError, split, type TensorMeta, uniform } from '@snn/core';
import { type Context, type Layer, type LayerWithParameters, show, title } from '../layer.ts';
import { nonZero, pixelsSeen, wholeNumber } from './check.ts';

type Synapses<T> = { readonly weight: T; readonly bias?: T };

/** Options of `conv2d`. */
export interface Conv2dLayerOptions {
  /** Whether a constant is added to each output channel. Default true. */
  readonly bias?: boolean;
  /** Step of the window, pixels. Default 1. */
  readonly stride?: number;
  /** Zeros around the image, pixels. Default 0. */
  readonly padding?: number;
}

/**
 * `[B, inputChannels, H, W] -> [B, outputChannels, H', W']` with H' = floor((H + 2 padding - size) / stride) + 1.
 *
 * @param size edge of the square kernel, pixels.
 * @throws an `argument` error when a size is not a whole number of at least 1.
 */
export function conv2d(inputChannels: number, outputChannels: number, size: number, options: Conv2dLayerOptions = {}): Layer {
  checkNames('conv2d', options, ['bias', 'stride', 'padding']);
  const { bias: withBias = true, stride = 1, padding = 0 } = options;
  wholeNumber('conv2d: inputChannels', inputChannels);
  wholeNumber('conv2d: outputChannels', outputChannels);
  wholeNumber('conv2d: size', size);
  wholeNumber('conv2d: stride', stride);
  wholeNumber('conv2d: padding', padding, 0);
  const fanIn = inputChannels * size * size;
  const bound = 1 / Math.sqrt(fanIn);
  const kernel = [outputChannels, inputChannels, size, size];
  const outputShape = (shape: readonly number[] | null, path?: string): readonly number[] | null => {
    if (shape === null) return null;
    if (shape.length !== 3 || shape[0] !== inputChannels)
      throw shapeError(
        `${title('conv2d', path)}: takes images [B, ${inputChannels}, H, W], but inputs of shape [B, ${shape.join(', ')}] came.`,
      );
    const [height, width] = shape.slice(1).map((n) => Math.floor((n + 2 * padding - size) / stride) + 1);
    if (height < 1 || width < 1)
      throw shapeError(
        `${title('conv2d', path)}: a kernel of ${size} does not fit into images of shape ${show(shape)}; use padding or a smaller one.`,
      );
    return [outputChannels, height, width];
  };
  return {
    name: 'conv2d',
    outputShape,
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Synapses<T> {
      const [weights, constants] = split(key);
      const weight = b.fromData(uniform(weights, outputChannels * fanIn, -bound, bound), kernel);
      return withBias ? { weight, bias: b.fromData(uniform(constants, outputChannels, -bound, bound), [outputChannels]) } : { weight };
    },
    initialState: () => null,
    step<T extends TensorMeta>(
      b: Backend<T>,
      { weight, bias }: Synapses<T>,
      state: null,
      input: T,
      context: Context<T>,
    ): readonly [T, null] {
      outputShape(input.shape.slice(1), context.path);
      context.record?.('synapses', context.path, input);
      const y = conv2dOp(b, input, weight, { stride, padding });
      return [bias === undefined ? y : b.add(y, b.reshape(bias, [outputChannels, 1, 1])), state];
    },
    rescaled<T extends TensorMeta>(b: Backend<T>, { weight, bias }: Synapses<T>, scale: T, shift: T): LayerWithParameters<T> {
      const perChannel = b.reshape(b.broadcast(scale, [outputChannels, 1, 1]), [outputChannels, 1, 1, 1]);
      const [factor, constant] = [scale, shift].map((x) => b.reshape(b.broadcast(x, [outputChannels, 1, 1]), [outputChannels]));
      return {
        layer: conv2d(inputChannels, outputChannels, size, { stride, padding }),
        parameters: { weight: b.mul(weight, perChannel), bias: bias === undefined ? constant : b.add(b.mul(bias, factor), constant) },
      };
    },
    operations: <T extends TensorMeta>(b: Backend<T>, { weight }: Synapses<T>, input: T) =>
      conv2dOp(b, nonZero(b, input), nonZero(b, weight), { stride, padding }),
    denseOperations: (shape) =>
      shape?.slice(1).reduce((n, pixels) => n * pixelsSeen(pixels, size, stride, padding), outputChannels * inputChannels) ?? null,
  };
}
