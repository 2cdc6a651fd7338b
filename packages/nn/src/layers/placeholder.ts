/**
 * Feedback between any two places of a network: a placeholder stands for what was sent to it one step earlier.
 *
 *   const memory = placeholder([16]);
 *   feedback([memory], sequential(memory.read('concat'), linear(24, 16), memory.write(lif(16)), linear(16, 2)));
 *
 * The values are state of `feedback`. Only what lies on the cycle must run step by step; the compiler finds that out
 * by itself. For connections from a layer back to itself, `recurrent` has the weights, too.
 */
import { argumentError, type Backend, type Key, sameShape, shapeError, type TensorMeta, type Tree, zeros } from '@snn/core';
import { type Context, type Layer, type PlaceholderAccess, prepare, show, title, type UsedParameters } from '../layer.ts';

/** What was sent one step earlier. Make it with `placeholder`; use it within one `feedback`. */
export interface Placeholder {
  /** Without batch. */
  readonly shape: readonly number[];
  /**
   * A layer that adds the placeholder's value to its input of the same shape (`add`), or puts it behind the input along the first axis after the
   * batch (`concat`). No weights.
   */
  read(how: 'add' | 'concat'): Layer;
  /** `layer`, whose outputs are what the placeholder gives in the next step. One per placeholder. */
  write(layer: Layer): Layer;
}

/**
 * A placeholder for outputs of `shape`.
 *
 * @throws an `argument` error without axes.
 */
export function placeholder(size: number | readonly number[]): Placeholder {
  const shape = typeof size === 'number' ? [size] : [...size];
  if (shape.length === 0 || !shape.every((n) => Number.isInteger(n) && n >= 1))
    throw argumentError(`placeholder: shape must be whole numbers of at least 1, but is ${show(shape)}.`);
  const access = <T>(context: Context<T>, name: string): PlaceholderAccess<T> => {
    const found = context.placeholders?.get(self);
    if (!found)
      throw argumentError(
        `${title(name, context.path)}: this placeholder belongs to no feedback around it; list it in feedback([...], network).`,
      );
    return found;
  };
  const self: Placeholder = {
    shape,
    read(how) {
      if (how !== 'add' && how !== 'concat') throw argumentError(`placeholder.read: must be 'add' or 'concat', but is ${String(how)}.`);
      const name = `placeholder ${how}`;
      const outputShape = (input: readonly number[] | null, path?: string): readonly number[] | null => {
        if (input === null) return how === 'add' ? shape : null;
        const fits = how === 'add' ? sameShape(input, shape) : sameShape(input.slice(1), shape.slice(1));
        if (!fits) throw shapeError(`${title(name, path)}: inputs of ${show(input)} do not fit a placeholder of ${show(shape)}.`);
        return how === 'add' ? shape : [input[0] + shape[0], ...shape.slice(1)];
      };
      return {
        name,
        outputShape,
        init: () => null,
        initialState: () => null,
        step<T extends TensorMeta>(b: Backend<T>, _parameters: null, state: null, input: T, context: Context<T>): readonly [T, null] {
          outputShape(input.shape.slice(1), context.path);
          const { previous } = access(context, name);
          return [how === 'add' ? b.add(input, previous) : b.concat([input, previous], 1), state];
        },
      };
    },
    write: (layer) => ({
      ...layer,
      outputShape(input, path) {
        const output = layer.outputShape(input, path);
        if (output !== null && !sameShape(output, shape))
          throw shapeError(`${title(layer.name, path)}: sends ${show(output)} to a placeholder of ${show(shape)}; make them equal.`);
        return output;
      },
      step<T extends TensorMeta>(
        b: Backend<T>,
        parameters: UsedParameters<T>,
        state: Tree<T>,
        input: T,
        context: Context<T>,
      ): readonly [T, Tree<T>] {
        const [output, next] = layer.step(b, parameters, state, input, context);
        access(context, layer.name).send(output);
        return [output, next];
      },
    }),
  };
  return self;
}

/** What placeholders give in the first step, `[B, ...]` each and in their order, from the network's initial state. */
export type InitialFeedback = <T extends TensorMeta>(b: Backend<T>, state: Tree<T>) => readonly T[];

type Loop<T> = { readonly inner: Tree<T>; readonly placeholders: readonly T[] };

/**
 * `network` with the values of its placeholders from step to step.
 *
 * @param initial what they give in the first step; default: zeros. rnnbuilder's are the outputs that belong to the initial states.
 * @throws an `argument` error without placeholders, or, at the first step, when nothing or more than one layer writes one of them.
 */
export function feedback(placeholders: readonly Placeholder[], network: Layer, initial?: InitialFeedback): Layer {
  if (placeholders.length === 0) throw argumentError('feedback: needs at least one placeholder.');
  return {
    name: network.name,
    ...(network.children ? { children: network.children } : {}),
    outputShape: (shape, path) => network.outputShape(shape, path),
    init: <T extends TensorMeta>(b: Backend<T>, key: Key): Tree<T> => network.init(b, key),
    prepare: <T extends TensorMeta>(b: Backend<T>, raw: Tree<T>): UsedParameters<T> => prepare(b, network, raw),
    initialState<T extends TensorMeta>(
      b: Backend<T>,
      used: UsedParameters<T>,
      inputShape: readonly number[],
      context: Context<T>,
    ): Loop<T> {
      const inner = network.initialState(b, used, inputShape, context);
      const shapes = placeholders.map(({ shape }) => [inputShape[0], ...shape]);
      const first = initial?.(b, inner) ?? shapes.map((shape) => zeros(b, shape));
      const bad = shapes.findIndex((shape, i) => !sameShape(first[i]?.shape ?? [], shape));
      if (bad >= 0 || first.length !== shapes.length)
        throw shapeError(
          `feedback: initial must give ${shapes.map(show).join(', ')}, one for each placeholder, but gives ${first.map((x) => show(x.shape)).join(', ')}.`,
        );
      return { inner, placeholders: first };
    },
    step<T extends TensorMeta>(
      b: Backend<T>,
      used: UsedParameters<T>,
      state: Loop<T>,
      input: T,
      context: Context<T>,
    ): readonly [T, Loop<T>] {
      const sent: (T | null)[] = placeholders.map(() => null);
      const own = placeholders.map((place, i): readonly [object, PlaceholderAccess<T>] => [
        place,
        {
          previous: state.placeholders[i],
          send(output) {
            if (sent[i] !== null)
              throw argumentError(`feedback: more than one layer writes placeholder ${i}; use one placeholder for each.`);
            sent[i] = output;
          },
        },
      ]);
      const within: Context<T> = { ...context, placeholders: new Map([...(context.placeholders ?? []), ...own]) };
      const [output, inner] = network.step(b, used, state.inner, input, within);
      const next = sent.map((value, i) => {
        if (value === null) throw argumentError(`feedback: no layer writes placeholder ${i}; wrap one in its write(...).`);
        return value;
      });
      return [output, { inner, placeholders: next }];
    },
  };
}
