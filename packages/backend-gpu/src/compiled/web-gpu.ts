/**
 * Time inside WGSL kernels: one launch for all steps. gpu.js has no kernel in which a thread writes more than one number, so these run on gpu.js'
 * device beside it; `docs/decisions/0005-gpu.md` has the measurements.
 */
import { sizeOf } from '@snn/core';
import type { Device } from '../device.ts';
import type { GpuOperations } from '../operations.ts';
import type { WebGpuRunner } from '../web-gpu-runner.ts';
import { layOut } from './lay-out.ts';
import type { Machine } from './machine.ts';
import { WORKGROUP, wgslSource } from './wgsl.ts';

/** A machine that launches WGSL kernels. */
export function webGpuMachine(device: Device, runner: WebGpuRunner, operations: GpuOperations): Machine {
  return {
    executedBy: 'WGSL on the WebGPU device of gpu.js: one thread for each neuron, all steps in one launch',
    fallbackReason: () => null,
    run(scope, { spec, shape }, steps, reversed, operands) {
      const { streams, states } = operands;
      const n = sizeOf(shape);
      const { arrays, starts, pooled, state } = layOut(scope, operands, device.limits.operands - 1);
      const source = wgslSource(spec, pooled, reversed);
      const length = (spec.results.length * steps + states.length) * n;
      device.checkSize(`${spec.name} with ${spec.results.length} results`, length);
      const groups = Math.ceil(n / WORKGROUP);
      const rows = Math.ceil(groups / runner.mostGroups);
      const columns = Math.ceil(groups / rows);
      const numbers = [n, steps, columns * WORKGROUP, ...starts, ...streams.map(({ step }) => step)];
      const shapes = [...spec.results.map(() => [steps, ...shape]), ...states.map((x) => x.shape)];
      const made = operations.compute(spec.name, shapes, state ? [...arrays, state] : arrays, async (values) =>
        runner.split(await runner.run({ source, arrays: values, numbers, length, groups: [columns, rows, 1] }), shapes.map(sizeOf)),
      );
      // what was computed beside the scope becomes its own
      const owned = made.map((x) => scope.reshape(x, x.shape));
      for (const x of made) operations.dispose(x);
      return { results: owned.slice(0, spec.results.length), states: owned.slice(spec.results.length) };
    },
    dispose() {},
  };
}
