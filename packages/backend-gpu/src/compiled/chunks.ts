/**
 * Time in chunks: a kernel for each of about sqrt(T) pieces of time, in which the thread of a step goes through the steps before it in its piece.
 * For graphics devices, where a launch costs more than repeated arithmetic: T launches against sqrt(T), for sqrt(T) / 2 times the work.
 */
import { sizeOf } from '@snn/core';
import type { Device } from '../device.ts';
import type { GpuOperations } from '../operations.ts';
import { expressionsOf } from '../sources.ts';
import type { GpuTensor } from '../tensor.ts';
import { chunkSource } from './emit.ts';
import { layOut } from './lay-out.ts';
import type { Machine } from './machine.ts';

const squareRoot = (steps: number): number => Math.ceil(Math.sqrt(steps));

/** A machine that launches kernels one by one. */
export function chunkMachine(device: Device, operations: GpuOperations, chunkOf: (steps: number) => number = squareRoot): Machine {
  return {
    executedBy: `gpu.js ${device.mode}: kernels of about sqrt(T) steps`,
    fallbackReason: () => null,
    run(scope, { spec, shape }, steps, reversed, operands) {
      const { streams, states } = operands;
      const n = sizeOf(shape);
      const { arrays, starts, pooled, state } = layOut(scope, operands, device.limits.operands);
      const source = chunkSource(spec, expressionsOf(device.mode), pooled, reversed);
      const chunk = chunkOf(steps);
      const pieces: GpuTensor[][] = spec.results.map(() => []);
      const made: GpuTensor[] = [];
      let carried = state;
      let carriedAt = 0;
      for (let done = 0; done < steps; done += chunk) {
        const size = Math.min(chunk, steps - done);
        const begins = starts.map((start, i) => (i < streams.length ? start + done * streams[i].step : start));
        const numbers = [...begins, ...(carried ? [carriedAt] : []), ...streams.map(({ step }) => step), n, size];
        const total = (spec.results.length * size + states.length) * n;
        const given = carried ? [...arrays, carried] : arrays;
        const [packed] = operations.compute(spec.name, [[total]], given, async (values) => [
          await device.run(source, [...values, ...numbers], total),
        ]);
        made.push(packed);
        for (const [k, list] of pieces.entries()) list.push(scope.slice(packed, [k * size * n], [size * n]));
        if (carried) carried = packed;
        carriedAt = spec.results.length * size * n;
      }
      const results = pieces.map((list) => {
        const ordered = reversed ? list.reverse() : list;
        return scope.reshape(ordered.length === 1 ? ordered[0] : scope.concat(ordered, 0), [steps, ...shape]);
      });
      const last = states.map((x, k) => scope.reshape(scope.slice(carried as GpuTensor, [carriedAt + k * n], [n]), x.shape));
      for (const packed of made) operations.dispose(packed);
      return { results, states: last };
    },
    dispose() {},
  };
}
