/**
 * Folding: a network for inference, without normalisations. What they do with their running statistics goes into the weights before them:
 *
 *   (x W + c) scale + shift = x (W scale) + (c scale + shift)
 *
 * so the outputs are the same to rounding. Normalisations with numbers of their own for every step (TEBN, BNTT) leave those behind as a scale and
 * a shift per step, `stepAffine`.
 */
import { argumentError, type TensorMeta } from '@snn/core';
import { type LayerWithParameters, title } from './layer.ts';
import type { Model } from './model.ts';
import { layersInRow, modelOf } from './placed-parameters.ts';

/**
 * A model like `model` for inference, on the same backend, with its layers in one row; `model` stays as it is.
 *
 * @throws an `argument` error when a normalisation does not stand right behind a layer with weights that take it in (`linear`, `conv2d`).
 */
export function fold<T extends TensorMeta>(model: Model<T>): Promise<Model<T>> {
  return modelOf(model, (scope) => {
    const row: LayerWithParameters<T>[] = [];
    for (const { layer, parameters, path } of layersInRow<T>(model.network, model.parameters)) {
      if (!layer.folded) {
        row.push({ layer, parameters });
        continue;
      }
      const { affine, rest } = layer.folded(scope, parameters);
      if (affine) {
        const before = row.pop();
        if (!before?.layer.rescaled)
          throw argumentError(
            `fold: ${title(layer.name, path)} can only go into the weights of a layer right before it, linear or conv2d, but ${before ? `'${before.layer.name}'` : 'none'} stands there.`,
          );
        row.push(before.layer.rescaled(scope, before.parameters, affine.scale, affine.shift));
      }
      if (rest) row.push(rest);
    }
    return row;
  });
}
