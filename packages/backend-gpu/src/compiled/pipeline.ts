/**
 * Time as a plan of gpu.js (`createPipeline`): one kernel, called once for each step, traced once and fused into one memory. For the modes that
 * compute in main memory, where a plan's results need no reading; on graphics devices a plan reads all its results back.
 */
import { sizeOf } from '@snn/core';
import type { Device } from '../device.ts';
import type { DeviceValue, GpuPipeline } from '../gpu-js.ts';
import type { GpuOperations } from '../operations.ts';
import { expressionsOf } from '../sources.ts';
import { chunkSource } from './emit.ts';
import { layOut } from './lay-out.ts';
import type { Machine } from './machine.ts';

/** A machine that runs plans. */
export function pipelineMachine(device: Device, operations: GpuOperations): Machine {
  const plans = new Map<string, GpuPipeline>();
  const executors = new Set<string>();
  let reason: string | null = null;
  return {
    get executedBy() {
      return `gpu.js ${device.mode}: createPipeline${executors.size > 0 ? `, executor ${[...executors].join(', ')}` : ''}`;
    },
    fallbackReason: () => reason,
    run(scope, { spec, shape }, steps, reversed, operands) {
      const { streams, states } = operands;
      const n = sizeOf(shape);
      const { arrays, starts, pooled, state } = layOut(scope, operands, device.limits.operands);
      const given = state ? [...arrays, state] : arrays;
      const stateStart = spec.results.length * n;
      const length = stateStart + states.length * n;
      const source = chunkSource(spec, expressionsOf(device.mode), pooled, false);
      const strides = streams.map(({ step }) => step);

      const makePlan = (): GpuPipeline => {
        const kernel = device.gpu.createKernel(source, { precision: 'single', output: [length] }) as unknown as (
          ...args: readonly unknown[]
        ) => unknown;
        const orchestrate = (...handles: readonly unknown[]): readonly unknown[] => {
          const outputs: unknown[] = [];
          let carried = handles[arrays.length];
          for (let i = 0; i < steps; i++) {
            const begins = starts.map((start, k) => (k < streams.length ? start + i * strides[k] : start));
            const own = state ? [carried] : [];
            const numbers = [...begins, ...(state ? [i === 0 ? 0 : stateStart] : []), ...strides, n, 1];
            const output = kernel(...handles.slice(0, arrays.length), ...own, ...numbers);
            carried = output;
            outputs.push(output);
          }
          return outputs;
        };
        // gpu.js hands over as many arguments as the function declares
        Object.defineProperty(orchestrate, 'length', { value: given.length });
        // one thread: gpu.js' workers would keep a process alive
        return device.gpu.createPipeline(orchestrate, { threads: false });
      };
      const key = [source, steps, n, ...starts, ...strides, ...given.map((x) => x.storage.length)].join();
      const shapes = [...spec.results.map(() => [steps, ...shape]), ...states.map((x) => x.shape)];
      const made = operations.compute(spec.name, shapes, given, async (values): Promise<readonly DeviceValue[]> => {
        const plan = plans.get(key) ?? makePlan();
        plans.set(key, plan);
        const outputs = await plan(...(values as readonly Float32Array[]));
        executors.add(plan.executorKind);
        reason ??= plan.fallbackReason;
        const results = spec.results.map((_, k) => {
          const all = new Float32Array(steps * n);
          for (const [i, output] of outputs.entries()) {
            all.set(output.subarray(k * n, (k + 1) * n), (reversed ? steps - 1 - i : i) * n);
          }
          return all;
        });
        const last = outputs[steps - 1];
        return [...results, ...states.map((_, k) => last.slice(stateStart + k * n, stateStart + (k + 1) * n))];
      });
      // what was computed beside the scope becomes its own
      const owned = made.map((x) => scope.reshape(x, x.shape));
      for (const x of made) operations.dispose(x);
      return { results: owned.slice(0, spec.results.length), states: owned.slice(spec.results.length) };
    },
    dispose() {
      for (const plan of plans.values()) plan.destroy();
      plans.clear();
    },
  };
}
