/** A network taken apart into its layers with their raw parameters, and a model put together of such. */
import { arena, type TensorMeta, type Tree, treeMap } from '@snn/core';
import { childPath, type Layer, type LayerWithParameters } from './layer.ts';
import { sequential } from './layers/sequential.ts';
import { createModel, type Model } from './model.ts';

/** A layer with its raw parameters and where it stands. */
export interface PlacedParameters<T> extends LayerWithParameters<T> {
  readonly path: string;
}

/**
 * The layers of a network, in order: what containers hold, also nested, one after the other.
 *
 * @param whole which containers are not taken apart. Default: none.
 */
export function layersWithin<T>(
  layer: Layer,
  parameters: Tree<T>,
  whole: (container: Layer) => boolean = () => false,
  path = '',
): readonly PlacedParameters<T>[] {
  if (!layer.children || whole(layer)) return [{ layer, parameters, path }];
  const { layers } = parameters as unknown as { readonly layers: readonly Tree<T>[] };
  return layer.children.flatMap((child, i) => layersWithin(child, layers[i], whole, childPath(path, i)));
}

/** The layers of a network in a row; loops stay whole. */
export const layersInRow = <T>(layer: Layer, parameters: Tree<T>): readonly PlacedParameters<T>[] =>
  layersWithin(layer, parameters, (container) => !container.inRow);

/** A model of layers in a row with parameters that `f` makes in memory of its own; the model gets copies. */
export async function modelOf<T extends TensorMeta>(
  { backend, seed }: Model<T>,
  f: (scope: Model<T>['backend']) => readonly LayerWithParameters<T>[],
): Promise<Model<T>> {
  const scope = arena(backend);
  try {
    const row = f(scope);
    const made = await createModel<T>(sequential(...row.map(({ layer }) => layer)), { backend, seed });
    const copies = treeMap<Tree<T>>({ layers: row.map(({ parameters }) => parameters) }, (x: T) => scope.reshape(x, x.shape));
    made.replace(scope.keep(copies));
    return made;
  } finally {
    scope.release();
  }
}
