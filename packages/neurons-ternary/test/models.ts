// All 32 models by name, and runs over time: shared by the tests.

import {
  type Backend,
  type NeuronModel,
  type Operand,
  type ParameterSpec,
  randomKey,
  type TensorMeta,
  type TypedArray,
  uniform,
} from '@snn/core';
import * as ternary from '../src/index.ts';

/** A model whose names are not in its type. */
export type AnyModel = NeuronModel<string, string, object>;

const isModel = (x: unknown): x is AnyModel => typeof x === 'object' && x !== null && 'states' in x;

export const MODELS: readonly AnyModel[] = Object.values<unknown>(ternary).filter(isModel);

/** The model called `name`. */
export function modelOf(name: string): AnyModel {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (!model) throw new Error(`there is no model ${name}.`);
  return model;
}

/** Options of a model that are traceTorch's. */
export const tracetorch = (model: AnyModel): object => ({
  ...('surrogate' in model.options && ternary.TERNARY_TRACETORCH),
  ...('splitGradient' in model.options && ternary.DUAL_TRACETORCH),
});

/** Parameters that are neither symmetric nor at their defaults; `positive...` and `negative...` agree when `equal`. */
export function unevenParameters(model: AnyModel, equal = false): Record<string, number> {
  const key = (name: string): string =>
    equal ? name.replace(/^(?:positive|negative)(Alpha|Beta|Gamma|RecurrentWeight)$/, '$1').toLowerCase() : name;
  const ranges: Readonly<Record<ParameterSpec['constraint'], readonly [number, number]>> = {
    unit: [0.4, 0.95],
    positive: [0.5, 1.3],
    arcsinh: [-0.3, 0.3],
    none: [0.3, 1.5],
    clamp: [0, 1],
  };
  return Object.fromEntries(
    Object.entries(model.parameters).map(([name, { constraint }]) => {
      const seed = [...key(name)].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 100003;
      return [name, uniform(randomKey(seed), 1, ...ranges[constraint])[0]];
    }),
  );
}

/** Inputs `[T, ...shape]` from -2.5 to 2.5. */
export function inputsOf<T extends TensorMeta>(b: Backend<T>, steps: number, shape: readonly number[], seed = 1): readonly T[] {
  const size = shape.reduce((n, m) => n * m, 1);
  const values = uniform(randomKey(seed), steps * size, -2.5, 2.5);
  return Array.from({ length: steps }, (_, t) => b.fromData(values.subarray(t * size, (t + 1) * size), shape));
}

/** Outputs of each step and the last state. */
export interface Ran<T> {
  readonly outputs: readonly T[];
  readonly states: readonly Readonly<Record<string, T>>[];
}

/** Run a model over time, from rest or from `start`. */
export function runModel<T extends TensorMeta>(
  b: Backend<T>,
  model: AnyModel,
  parameters: Readonly<Record<string, Operand<T>>>,
  inputs: readonly T[],
  options: object = model.options,
  start?: Readonly<Record<string, T>>,
): Ran<T> {
  let state = start ?? model.initialState(b, parameters, inputs[0].shape, options);
  const outputs: T[] = [];
  const states: Readonly<Record<string, T>>[] = [];
  for (const x of inputs) {
    const [output, next] = model.step(b, parameters, state, x, options);
    outputs.push(output);
    states.push(next);
    state = next;
  }
  return { outputs, states };
}

/** The numbers of tensors, one after another. */
export const numbers = <T extends TensorMeta>(b: { readSync(x: T): TypedArray }, tensors: readonly T[]): number[] =>
  tensors.flatMap((x) => [...b.readSync(x)]);
