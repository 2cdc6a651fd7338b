/** A network taken apart into its layers with their raw parameters, and a model put together of such. */
import { arena, type TensorMeta, type Tree, treeMap } from '@snn/core';
import { childPath, type Layer, type LayerWithParameters } from './layer.ts';
import { sequential } from './layers/sequential.ts';
import { createModel, type Model } from './model.ts';

/** A layer with its raw parameters and where it stands. */
export interface PlacedParameters<T> extends LayerWithParameters<T> {
  readonly path: string;
  /** Where its raw parameters stand: the path with the `inner` of loops. */
  readonly rawPath: string;
}

/**
 * The layers of a network, in order: what containers and loops hold, also nested, one after the other. A loop comes before what is in it.
 *
 * @param whole which layers are not taken apart. Default: none.
 */
export function layersWithin<T>(
  layer: Layer,
  parameters: Tree<T>,
  whole: (layer: Layer) => boolean = () => false,
  path = '',
  rawPath = '',
): readonly PlacedParameters<T>[] {
  const self = { layer, parameters, path, rawPath };
  if (whole(layer)) return [self];
  if (layer.inner) {
    const { inner } = parameters as unknown as { readonly inner: Tree<T> };
    return [self, ...layersWithin(layer.inner, inner, whole, path, rawPath ? `${rawPath}.inner` : 'inner')];
  }
  if (!layer.children) return [self];
  const { layers } = parameters as unknown as { readonly layers: readonly Tree<T>[] };
  return layer.children.flatMap((child, i) => layersWithin(child, layers[i], whole, childPath(path, i), childPath(rawPath, i)));
}

/** The layers of a network in a row; loops stay whole. */
export const layersInRow = <T>(layer: Layer, parameters: Tree<T>): readonly PlacedParameters<T>[] =>
  layersWithin(layer, parameters, (of) => !of.inRow);

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
