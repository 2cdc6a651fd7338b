/** Strategies for gradients through time, as values; what they mean is said at `GradientStrategy`. */
import { argumentError, type GradientStrategy } from '@snn/core';

/** Keep what the backward pass needs of every step: the fastest; memory grows with T. */
export const store = (): GradientStrategy => ({ kind: 'store' });

/**
 * Keep only the states at every `steps`-th step, and run the segments again in the backward pass: one more forward pass, the same bits. Memory is
 * that of `steps` steps and T / `steps` states, least near `steps` = sqrt(T).
 *
 * @throws an `argument` error unless `steps` is a whole number from 1.
 */
export const checkpoint = (steps: number): GradientStrategy => ({ kind: 'checkpoint', steps: segmentLength('checkpoint', steps) });

/**
 * Let no gradient flow through states across every `steps`-th step: truncated backpropagation through time. Another gradient than that of
 * `store`, unless `steps` is at least T.
 *
 * @throws an `argument` error unless `steps` is a whole number from 1.
 */
export const truncated = (steps: number): GradientStrategy => ({ kind: 'truncated', steps: segmentLength('truncated', steps) });

/** Keep nothing, for runs that are not differentiated: the fastest forward pass in the least memory. Asking for gradients is refused. */
export const none = (): GradientStrategy => ({ kind: 'none' });

function segmentLength(name: string, steps: number): number {
  if (!(Number.isSafeInteger(steps) && steps >= 1))
    throw argumentError(`${name}: the length of a segment must be a whole number of steps from 1, but is ${String(steps)}.`);
  return steps;
}

/** Steps [from, to). */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

/**
 * The segments of `total` steps that a strategy runs one by one, first to last.
 *
 * @throws an `argument` error for a strategy that `store`, `checkpoint`, `truncated` and `none` would not make.
 */
export function segmentsOf(gradient: GradientStrategy, total: number): readonly Segment[] {
  if (!['store', 'checkpoint', 'truncated', 'none'].includes(gradient?.kind))
    throw argumentError(`gradient: must be store(), checkpoint(k), truncated(k) or none(), but is ${JSON.stringify(gradient)}.`);
  const length = gradient.kind === 'store' || gradient.kind === 'none' ? total : segmentLength(gradient.kind, gradient.steps);
  return Array.from({ length: Math.ceil(total / length) }, (_, i) => ({ from: i * length, to: Math.min((i + 1) * length, total) }));
}
