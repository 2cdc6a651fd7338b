/**
 * What a model costs before it runs, as NeuroBench defines it (Yik et al., The NeuroBench framework, Nature Communications 16, 2025):
 *
 *   parameters           numbers that are trained or measured
 *   footprint            bytes of these and of the state of one sample, 4 each
 *   connectionSparsity   zero weights / weights of all synapses, without biases; a connection that a layer leaves out counts as a zero
 *   dense                multiply-adds per step and sample when none is skipped
 */
import { arena, sizeOf, type TensorMeta, treeLeaves } from '@snn/core';
import { prepare } from './layer.ts';
import type { Model } from './model.ts';
import { type SummaryOptions, totals } from './summary.ts';

/** See above; null where it depends on the shape of the input and that is not known. */
export interface StaticMetrics {
  readonly parameters: number;
  readonly footprint: number | null;
  /** 0 where every weight counts. Null without synapses. */
  readonly connectionSparsity: number | null;
  readonly dense: number | null;
}

/** What a model costs before it runs. Weights are those that a step uses: masked or quantised where a layer does so. */
export async function staticMetrics<T extends TensorMeta>(
  { backend, network, parameters: raw }: Model<T>,
  options: SummaryOptions = {},
): Promise<StaticMetrics> {
  const { parameters, bytes, operations } = totals(backend, network, raw, options);
  const scope = arena(backend);
  try {
    // what belongs to synapses is called weight, weightInput, ...
    const weights = treeLeaves<T>(prepare(scope, network, raw)).filter(({ path }) => /\bweight\w*$/.test(path));
    let zeros = 0;
    for (const { value } of weights) for (const w of await scope.read(value)) if (w === 0) zeros++;
    const count = weights.reduce((sum, { value }) => sum + sizeOf(value.shape), 0);
    return { parameters, footprint: bytes, connectionSparsity: count === 0 ? null : zeros / count, dense: operations };
  } finally {
    scope.release();
  }
}
