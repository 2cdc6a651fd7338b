/** The operands of a kernel as arrays: as many as the device lets one kernel read, or all of them in one. */
import { type Backend, sizeOf } from '@snn/core';
import type { GpuTensor } from '../tensor.ts';
import type { Operands } from './machine.ts';

/** Where the operands of a kernel lie. */
export interface LaidOut {
  /** Streams, fixed operands and scalars; one array for all of them if `pooled`. */
  readonly arrays: readonly GpuTensor[];
  /** Where each of them starts in its array. */
  readonly starts: readonly number[];
  readonly pooled: boolean;
  /** All states, one after another; null if there are none. */
  readonly state: GpuTensor | null;
}

/** Lay operands out for a kernel that may read `most` arrays. `b` owns what is made. */
export function layOut(b: Backend<GpuTensor>, { streams, fixed, scalars, states }: Operands, most: number): LaidOut {
  const joined = (parts: readonly GpuTensor[]): GpuTensor =>
    parts.length === 1
      ? parts[0]
      : b.concat(
          parts.map((x) => b.reshape(x, [sizeOf(x.shape)])),
          0,
        );
  const plain = [...streams.map(({ tensor }) => tensor), ...fixed, ...scalars];
  const pooled = plain.length + 1 > most;
  let at = 0;
  const starts = plain.map((x, i) => {
    const start = at + (i < streams.length ? streams[i].start : 0);
    if (pooled) at += sizeOf(x.shape);
    return start;
  });
  return { arrays: pooled ? [joined(plain)] : plain, starts, pooled, state: states.length > 0 ? joined(states) : null };
}
