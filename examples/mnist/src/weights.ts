/** The parameters of a model on the host, by their paths: what a safetensors file holds. */
import { type TensorMeta, treeLeaves } from '@snn/core';
import type { Model, StoredTensor } from '@snn/nn';

/** `layers[0].weight` and so on, in the order of the layers. */
export async function weightsOf<T extends TensorMeta>({ parameters, backend }: Model<T>): Promise<ReadonlyMap<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const { path, value } of treeLeaves<T>(parameters))
    tensors.set(path, { dtype: 'float32', shape: value.shape, data: Float32Array.from(await backend.read(value)) });
  return tensors;
}
