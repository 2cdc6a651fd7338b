/** What is refused before the first step, for both models of this package. */
import {
  argumentError,
  checkNeuron,
  type NeuronModel,
  type Operand,
  type ParameterSpec,
  sameShape,
  shapeError,
  type TensorMeta,
} from '@snn/core';
import type { SlstmOptions } from './cell.ts';

/** The parameter that both models share. */
export const THRESHOLD: ParameterSpec = {
  default: 0.1,
  unit: '1',
  constraint: 'none',
  description: 'membrane above which the neuron fires; below 1, which the membrane never reaches',
};

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The largest membrane there can be: o tanh(c) stays below 1; its level, when there are levels, may be higher. */
function highest(levels: readonly number[] | null): number {
  if (levels === null) return 1;
  let top = 0;
  while (top + 1 < levels.length && (levels[top] + levels[top + 1]) / 2 < 1) top++;
  return levels[top];
}

/** Throw unless options and threshold make sense: among others, unless the neuron can fire at all. */
export function checkCell<T extends TensorMeta>(
  { name, options: defaults }: Pick<NeuronModel<string, string, SlstmOptions>, 'name' | 'options'>,
  threshold: Operand<T> | undefined,
  options: SlstmOptions,
): void {
  const { quantization } = options;
  checkNeuron<T>(
    { name, parameters: { threshold: THRESHOLD }, states: [], options: defaults },
    { resetMode: ['none', 'subtract', 'zero'], pool: ['none', 'max', 'average'], comparison: ['>', '>='] },
    { threshold } as Readonly<Record<string, Operand<T>>>,
    options,
  );
  if (quantization !== null && typeof quantization?.apply !== 'function')
    throw argumentError(`${name}: quantization must be null or made by stateQuantization of @snn/core.`);
  const levels = quantization?.levels ?? null;
  const top = highest(levels);
  const reached = levels !== null && options.comparison === '>=' ? (x: number) => x <= top : (x: number) => x < top;
  if (typeof threshold === 'number' && !reached(threshold))
    throw argumentError(
      `${name}: threshold is ${threshold}, but the membrane ${levels === null ? 'o tanh(c) stays below 1' : `takes no level above ${top}`}, so no neuron can ever fire; choose a smaller one, such as 0.1.`,
    );
}

/** Throw unless `value` is a tensor of `shape`. */
export function expectTensor<T extends TensorMeta>(
  name: string,
  key: string,
  value: Operand<T> | undefined,
  shape: readonly number[],
): void {
  if (value === undefined || typeof value === 'number')
    throw argumentError(
      `${name}: ${key} must be a tensor of shape ${show(shape)}, but is ${value === undefined ? 'missing' : 'a number'}.`,
    );
  if (!sameShape(value.shape, shape)) throw shapeError(`${name}: ${key} must have the shape ${show(shape)}, but has ${show(value.shape)}.`);
}

/** Throw unless `threshold` stretches over `shape`, that of the state. */
export function expectFits<T extends TensorMeta>(name: string, threshold: Operand<T>, shape: readonly number[]): void {
  if (typeof threshold === 'number') return;
  const axes = shape.slice(shape.length - threshold.shape.length);
  if (threshold.shape.length > shape.length || threshold.shape.some((n, i) => n !== 1 && n !== axes[i]))
    throw shapeError(`${name}: threshold of shape ${show(threshold.shape)} does not fit states of shape ${show(shape)}.`);
}
