/** Delta modulation: a spike where the signal rises, as an event camera does. */
import { argumentError, at, type Backend, checkNames, greaterEqual, neg, type TensorMeta, zeros } from '@snn/core';

/** Options of `delta`. */
export interface DeltaOptions {
  /** Smallest change that gives a spike. Default 0.1. */
  readonly threshold?: number;
  /** Spikes of -1 where the signal falls by the threshold. Default false. */
  readonly negative?: boolean;
  /** What the first step is compared with: `zero`, or `hold` for itself (it then has no spike). Default `zero`. */
  readonly initial?: 'zero' | 'hold';
}

/**
 * s[t] = 1 where x[t] - x[t - 1] >= threshold, `[T, ...N] -> [T, ...N]`; with `negative`, -1 where it is <= -threshold. Note the >=: neurons
 * compare with >. No gradient. After snnTorch's `delta` (`padding` is `initial: 'hold'`, `off_spike` is `negative`).
 *
 * @throws an `argument` error when `threshold` is not above 0 or `x` has no time axis.
 */
export function delta<T extends TensorMeta>(b: Backend<T>, x: T, options: DeltaOptions = {}): T {
  checkNames('delta', options, ['threshold', 'negative', 'initial']);
  const { threshold = 0.1, negative = false, initial = 'zero' } = options;
  if (!(threshold > 0)) throw argumentError(`delta: threshold must be above 0, but is ${threshold}.`);
  if (x.shape.length === 0) throw argumentError('delta: x is a scalar; its first axis must be time.');
  const [steps, ...rest] = x.shape;
  const before = initial === 'zero' ? zeros(b, [1, ...rest]) : b.reshape(at(b, x, 0), [1, ...rest]);
  const earlier =
    steps === 1
      ? [before]
      : [
          before,
          b.slice(
            x,
            x.shape.map(() => 0),
            [steps - 1, ...rest],
          ),
        ];
  const change = b.sub(x, b.concat(earlier, 0));
  const up = greaterEqual(b, change, threshold);
  return negative ? b.sub(up, greaterEqual(b, neg(b, change), threshold)) : up;
}
