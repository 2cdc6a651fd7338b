/** Layers one after the other: the output of each is the input of the next, within the same step. */
import { argumentError, type Backend, type Key, split, stream, type TensorMeta, type Tree } from '@snn/core';
import { type Context, childPath, type Layer, type OverSteps, prepare, type UsedParameters } from '../layer.ts';

type Children<T> = { readonly layers: readonly Tree<T>[] };
type UsedChildren<T> = { readonly layers: readonly UsedParameters<T>[] };

/** The context of child `index`. */
const within = <T>(context: Context<T>, index: number): Context<T> => ({
  ...context,
  key: context.key === null ? null : stream(context.key, `layers[${index}]`),
  path: childPath(context.path, index),
});

/**
 * A network of layers in a row; may be nested. Parameters and states are `{ layers: [...] }`, so paths read `layers[0].weight`.
 *
 * @throws an `argument` error without layers.
 */
export function sequential(...layers: readonly Layer[]): Layer {
  if (layers.length === 0) throw argumentError('sequential: needs at least one layer.');
  return { ...row(layers, 0), ...(layers.some((layer) => layer.sequence) ? { sequence: sequenceOf(layers) } : null) };
}

/** Layers in a row, the first of which is number `first` of those that the user sees. */
const row = (layers: readonly Layer[], first: number): Layer => ({
  name: 'sequential',
  children: layers,
  inRow: true,
  outputShape: (shape, path = '') => layers.reduce((input, layer, i) => layer.outputShape(input, childPath(path, first + i)), shape),
  init<T extends TensorMeta>(b: Backend<T>, key: Key): Children<T> {
    const keys = split(key, layers.length);
    return { layers: layers.map((layer, i) => layer.init(b, keys[i])) };
  },
  prepare<T extends TensorMeta>(b: Backend<T>, raw: Children<T>): UsedChildren<T> {
    return { layers: layers.map((layer, i) => prepare(b, layer, raw.layers[i])) };
  },
  initialState<T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedChildren<T>,
    inputShape: readonly number[],
    context: Context<T>,
  ): Children<T> {
    const [batch, ...input] = inputShape;
    let shape: readonly number[] = input;
    return {
      layers: layers.map((layer, i) => {
        const inner = within(context, first + i);
        const state = layer.initialState(b, parameters.layers[i], [batch, ...shape], inner);
        shape = layer.outputShape(shape, inner.path) as readonly number[];
        return state;
      }),
    };
  },
  step<T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedChildren<T>,
    state: Children<T>,
    input: T,
    context: Context<T>,
  ): readonly [T, Children<T>] {
    let x = input;
    const next = layers.map((layer, i) => {
      const [output, after] = layer.step(b, parameters.layers[i], state.layers[i], x, within(context, first + i));
      x = output;
      return after;
    });
    return [x, { layers: next }];
  },
});

/** Layers that need the whole sequence while training get it from those before them, which have gone through all steps by then. */
function sequenceOf(layers: readonly Layer[]): NonNullable<Layer['sequence']> {
  return <T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedChildren<T>,
    state: Children<T>,
    inputs: T,
    context: Context<T>,
    overSteps: OverSteps<T>,
  ): readonly [T, Children<T>] => {
    let x = inputs;
    const next: Tree<T>[] = [];
    while (next.length < layers.length) {
      const from = next.length;
      const whole = layers[from];
      if (whole.sequence) {
        const [output, after] = whole.sequence(b, parameters.layers[from], state.layers[from], x, within(context, from), overSteps);
        x = output;
        next.push(after);
        continue;
      }
      const found = layers.findIndex((layer, i) => i > from && layer.sequence);
      const to = found < 0 ? layers.length : found;
      const part = {
        layer: row(layers.slice(from, to), from),
        parameters: { layers: parameters.layers.slice(from, to) },
        path: childPath(context.path, from),
      };
      const [output, after] = overSteps(part, { layers: state.layers.slice(from, to) }, x, context);
      x = output;
      next.push(...(after as Children<T>).layers);
    }
    return [x, { layers: next }];
  };
}
