/**
 * The spiking LSTM of `@snn/neurons-slstm` as a layer, with weights of its own; equations and defaults stand there. Initial values as in torch:
 * uniform in +-1/sqrt(neurons), all.
 */
import { type Backend, type Key, type Operand, split, type TensorMeta, uniform } from '@snn/core';
import { type SlstmOptions, slstm as slstmModel } from '@snn/neurons-slstm';
import { type Context, expectShape, type Layer } from '../layer.ts';
import { layerParameter, type ParameterOption } from '../parameter.ts';
import { nonZero, wholeNumber } from './check.ts';

/** The model's static options, its threshold, and whether a constant is added to each gate (default true). */
export type SlstmLayerOptions = Partial<SlstmOptions> & { readonly threshold?: ParameterOption; readonly bias?: boolean };

type Raw<T> = { readonly weightInput: T; readonly weightRecurrent: T; readonly bias?: T; readonly threshold?: T };
type Used<T> = { readonly weightInput: T; readonly weightRecurrent: T; readonly bias: Operand<T>; readonly threshold: Operand<T> };
type State<T> = { readonly v: T; readonly c: T };

/**
 * `inputs` currents or spikes `[B, inputs]` to spikes `[B, neurons]`.
 *
 * @throws an `argument` error when an option is unknown or does not fit, or when no neuron can ever reach the threshold.
 */
export function slstm(inputs: number, neurons: number, options: SlstmLayerOptions = {}): Layer {
  wholeNumber('slstm: inputs', inputs);
  wholeNumber('slstm: neurons', neurons);
  const { threshold: given, bias: withBias = true, ...rest } = options;
  const settings = { ...slstmModel.options, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
  const spec = slstmModel.parameters.threshold;
  const threshold = layerParameter('slstm: threshold', spec, given ?? spec.default, [neurons]);
  slstmModel.check?.({ weightInput: 0, weightRecurrent: 0, bias: 0, threshold: threshold.standIn }, settings);
  const bound = 1 / Math.sqrt(neurons);
  return {
    name: 'slstm',
    outputShape(shape, path) {
      expectShape('slstm', path, [inputs], shape);
      return [neurons];
    },
    init<T extends TensorMeta>(b: Backend<T>, key: Key): Raw<T> {
      const [first, second, third] = split(key, 3);
      const draw = (k: Key, shape: readonly number[]): T =>
        b.fromData(
          uniform(
            k,
            shape.reduce((n, m) => n * m),
            -bound,
            bound,
          ),
          shape,
        );
      const raw = threshold.init(b);
      return {
        weightInput: draw(first, [inputs, 4 * neurons]),
        weightRecurrent: draw(second, [neurons, 4 * neurons]),
        ...(withBias ? { bias: draw(third, [4 * neurons]) } : {}),
        ...(raw === null ? {} : { threshold: raw }),
      };
    },
    prepare<T extends TensorMeta>(b: Backend<T>, { threshold: raw, ...weights }: Raw<T>): Used<T> {
      return { bias: 0, ...weights, threshold: threshold.value(b, raw) };
    },
    initialState<T extends TensorMeta>(b: Backend<T>, used: Used<T>, shape: readonly number[]): State<T> {
      return slstmModel.initialState(b, used, [shape[0], neurons], settings);
    },
    step<T extends TensorMeta>(b: Backend<T>, used: Used<T>, state: State<T>, input: T, context: Context<T>): readonly [T, State<T>] {
      expectShape('slstm', context.path, [inputs], input.shape.slice(1));
      context.record?.('synapses', context.path, input);
      const [spikes, next] = slstmModel.step(b, used, state, input, settings);
      context.record?.('spikes', context.path, spikes);
      return [spikes, next];
    },
    // the membrane that returns to the gates is not sparse
    operations: <T extends TensorMeta>(b: Backend<T>, { weightInput, weightRecurrent }: Used<T>, input: T) =>
      b.add(b.matmul(nonZero(b, input), nonZero(b, weightInput)), b.sum(nonZero(b, weightRecurrent), [0])),
    denseOperations: () => (inputs + neurons) * 4 * neurons,
  };
}
