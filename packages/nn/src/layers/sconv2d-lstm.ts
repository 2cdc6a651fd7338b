/**
 * The convolutional spiking LSTM of `@snn/neurons-slstm` as a layer, with weights of its own; equations and defaults stand there. Initial values
 * as in torch: uniform in +-1/sqrt((I + C) k k), all.
 */
import { type Backend, conv2d as conv2dOp, full, type Key, type Operand, shapeError, split, type TensorMeta, uniform } from '@snn/core';
import { type Sconv2dLstmOptions, sconv2dLstm as sconv2dLstmModel } from '@snn/neurons-slstm';
import { type Context, type Layer, title } from '../layer.ts';
import { layerParameter, type ParameterOption } from '../parameter.ts';
import { nonZero, pixelsSeen, wholeNumber } from './check.ts';

/**
 * The model's static options, its threshold (a number, one per channel, or `learnable(...)` of these), and whether a constant is added to each
 * gate (default true).
 */
export type Sconv2dLstmLayerOptions = Partial<Sconv2dLstmOptions> & { readonly threshold?: ParameterOption; readonly bias?: boolean };

type Raw<T> = { readonly weight: T; readonly bias?: T; readonly threshold?: T };
type Used<T> = { readonly weight: T; readonly bias: Operand<T>; readonly threshold: Operand<T> };
type State<T> = { readonly v: T; readonly c: T };

/**
 * Images `[B, inputChannels, H, W]` to spikes `[B, channels, H, W]`, or, pooled, `[B, channels, H / poolSize, W / poolSize]`.
 *
 * @param size edge of the square kernels, pixels; odd, so that images keep their size
 * @throws an `argument` error when an option is unknown or does not fit, or when no neuron can ever reach the threshold.
 */
export function sconv2dLstm(inputChannels: number, channels: number, size: number, options: Sconv2dLstmLayerOptions = {}): Layer {
  wholeNumber('sconv2dLstm: inputChannels', inputChannels);
  wholeNumber('sconv2dLstm: channels', channels);
  wholeNumber('sconv2dLstm: size', size);
  const { threshold: given, bias: withBias = true, ...rest } = options;
  const settings = { ...sconv2dLstmModel.options, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
  const spec = sconv2dLstmModel.parameters.threshold;
  const threshold = layerParameter('sconv2dLstm: threshold', spec, given ?? spec.default, [channels, 1, 1]);
  const kernel = [4 * channels, inputChannels + channels, size, size];
  const meta = (shape: readonly number[]): TensorMeta => ({ shape, dtype: 'float32' });
  sconv2dLstmModel.check?.(
    { weight: meta(kernel), bias: withBias ? meta([4 * channels]) : 0, threshold: threshold.standIn },
    settings,
    { v: meta([1, channels, size, size]), c: meta([1, channels, size, size]) },
    meta([1, inputChannels, size, size]),
  );
  const fanIn = (inputChannels + channels) * size * size;
  const bound = 1 / Math.sqrt(fanIn);
  const images = (shape: readonly number[], path?: string): readonly number[] => {
    const window = settings.pool === 'none' ? 1 : settings.poolSize;
    if (shape.length !== 3 || shape[0] !== inputChannels || shape[1] < window || shape[2] < window)
      throw shapeError(
        `${title('sconv2dLstm', path)}: takes images [B, ${inputChannels}, H, W] of at least ${window} x ${window} pixels, but inputs of shape [B, ${shape.join(', ')}] came.`,
      );
    return [channels, Math.floor(shape[1] / window), Math.floor(shape[2] / window)];
  };
  return {
    name: 'sconv2dLstm',
    outputShape: (shape, path) => (shape === null ? null : images(shape, path)),
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> {
      const [weights, constants] = split(key);
      const raw = threshold.init(b);
      return {
        weight: b.fromData(uniform(weights, 4 * channels * fanIn, -bound, bound), kernel),
        ...(withBias ? { bias: b.fromData(uniform(constants, 4 * channels, -bound, bound), [4 * channels]) } : {}),
        ...(raw === null ? {} : { threshold: raw }),
      };
    },
    prepare: <T extends TensorMeta>(b: Backend<T>, { threshold: raw, ...weights }: Raw<T>): Used<T> => ({
      bias: 0,
      ...weights,
      threshold: threshold.value(b, raw),
    }),
    initialState<T extends TensorMeta>(b: Backend<T>, used: Used<T>, [batch, , ...image]: readonly number[]): State<T> {
      return sconv2dLstmModel.initialState(b, used, [batch, channels, ...image], settings);
    },
    step<T extends TensorMeta>(b: Backend<T>, used: Used<T>, state: State<T>, input: T, context: Context<T>): readonly [T, State<T>] {
      images(input.shape.slice(1), context.path);
      context.record?.('synapses', context.path, input);
      const [spikes, next] = sconv2dLstmModel.step(b, used, state, input, settings);
      context.record?.('spikes', context.path, spikes);
      return [spikes, next];
    },
    // the membrane that returns to the gates is not sparse
    operations<T extends TensorMeta>(b: Backend<T>, { weight }: Used<T>, input: T): T {
      const [batch, , height, width] = input.shape;
      const seen = b.concat([nonZero(b, input), full(b, [batch, channels, height, width], 1)], 1);
      return conv2dOp(b, seen, nonZero(b, weight), { padding: (size - 1) / 2 });
    },
    denseOperations: (shape) =>
      shape?.slice(1).reduce((n, pixels) => n * pixelsSeen(pixels, size, 1, (size - 1) / 2), 4 * channels * (inputChannels + channels)) ??
      null,
  };
}
