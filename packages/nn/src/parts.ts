/** Which parts of a network go through a sequence step by step, and what enters them: what a compiler makes programs of. */
import { type Backend, randomKey, type TensorMeta, type Tree, zeros } from '@snn/core';
import type { CompiledOptions } from './compiled.ts';
import { type Context, type Layer, type OverSteps, type Part, prepare } from './layer.ts';

/** A part, and the path and the inputs `[T, B, ...]` that it gets. */
export interface PlacedPart<T> extends Part<T> {
  /** The path of the context in which the part runs. */
  readonly place: string;
  readonly shape: readonly number[];
}

/**
 * The parts of `network`: the whole of it, or, for a training pass with layers that need the whole sequence, what is between them. It is found by a pass
 * over zeros in which parts do nothing.
 */
export function partsOf<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  parameters: Tree<T>,
  { shape, training }: CompiledOptions,
): readonly PlacedPart<T>[] {
  if (!training || !network.sequence) return [{ layer: network, parameters, path: '', place: '', shape }];
  const [steps, batch, ...rest] = shape;
  const used = prepare(b, network, parameters);
  const context: Context<T> = { training, key: randomKey(0), path: '' };
  const parts: PlacedPart<T>[] = [];
  const overSteps: OverSteps<T> = (part, state, { shape: given }, { path }) => {
    // used parameters stand for raw ones: the part has no `prepare` of its own
    parts.push({ ...part, layer: { ...part.layer, prepare: (_, values) => values }, place: path, shape: given });
    const output = part.layer.outputShape(given.slice(2), path) as readonly number[];
    return [zeros(b, [steps, batch, ...output]), state];
  };
  network.sequence(b, used, network.initialState(b, used, [batch, ...rest], context), zeros(b, shape), context, overSteps);
  return parts;
}
