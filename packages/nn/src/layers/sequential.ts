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
  /** Children `from` up to, not including, `to` in one step; states are those of these children. */
  const steps = <T extends TensorMeta>(
    b: Backend<T>,
    parameters: UsedChildren<T>,
    states: readonly Tree<T>[],
    input: T,
    context: Context<T>,
    from = 0,
    to: number = layers.length,
  ): readonly [T, readonly Tree<T>[]] => {
    let x = input;
    const next = layers.slice(from, to).map((layer, k) => {
      const i = from + k;
      const [output, after] = layer.step(b, parameters.layers[i], states[k], x, within(context, i));
      x = output;
      return after;
    });
    return [x, next];
  };
  /** While training, layers that need the whole sequence get it from those before them, which have gone through all steps by then. */
  const sequence = <T extends TensorMeta>(
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
      const layer = layers[from];
      if (layer.sequence) {
        const [output, after] = layer.sequence(b, parameters.layers[from], state.layers[from], x, within(context, from), overSteps);
        x = output;
        next.push(after);
      } else {
        const found = layers.findIndex((other, i) => i > from && other.sequence);
        const to = found < 0 ? layers.length : found;
        const [output, after] = overSteps(
          (of, input) => steps(b, parameters, of as readonly Tree<T>[], input, context, from, to),
          state.layers.slice(from, to),
          x,
        );
        x = output;
        next.push(...(after as readonly Tree<T>[]));
      }
    }
    return [x, { layers: next }];
  };
  return {
    name: 'sequential',
    children: layers,
    inRow: true,
    outputShape: (shape, path = '') => layers.reduce((input, layer, i) => layer.outputShape(input, childPath(path, i)), shape),
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
      const [batch, ...first] = inputShape;
      let shape: readonly number[] = first;
      return {
        layers: layers.map((layer, i) => {
          const inner = within(context, i);
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
      const [output, next] = steps(b, parameters, state.layers, input, context);
      return [output, { layers: next }];
    },
    ...(layers.some((layer) => layer.sequence) ? { sequence } : null),
  };
}
