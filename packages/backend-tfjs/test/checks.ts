/** What must hold on each device, beside conformance: interoperation, ownership, errors, memory. A file per device runs it: one can be active. */
import { conformance } from '@snn/backend-conformance';
import { traceStep } from '@snn/compile';
import { arena, type Backend, sigmoid, type TensorMeta } from '@snn/core';
import { createModel, crossEntropyOverTime, fit, leaky, linear, sequential, sgd } from '@snn/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TfjsBackend } from '../src/index.ts';
import { tfjsOn } from './devices.ts';

/** Define the tests of one device. */
export function checkDevice(device: 'cpu' | 'wasm', other: 'cpu' | 'wasm'): void {
  let b: TfjsBackend<tf.Tensor>;
  beforeAll(async () => {
    b = await tfjsOn(device);
  });

  describe('conformance', () => conformance({ test, describe, backend: () => b }));

  describe('interoperation', () => {
    test('a tf.Tensor is a handle, without a copy, and results are tf.Tensors', async () => {
      const mine = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const handle = b.fromTensor(mine);
      expect(handle).toBe(mine);
      const product = b.matmul(handle, handle);
      expect(product).toBeInstanceOf(tf.Tensor);
      expect(Array.from(tf.add(product, 1).dataSync())).toEqual([8, 11, 16, 23]);
    });

    test('an arena leaves what was handed in, and disposes what it made', () => {
      const mine = tf.tensor1d([1, 2]);
      const before = tf.memory().numTensors;
      const scope = arena(b);
      const made = scope.add(b.fromTensor(mine), 1);
      const kept = scope.keep(scope.mul(made, 2));
      scope.release();
      expect([mine.isDisposed, made.isDisposed, kept.isDisposed]).toEqual([false, true, false]);
      expect(tf.memory().numTensors).toBe(before + 1);
      kept.dispose();
      b.dispose(kept);
      expect(tf.memory().numTensors).toBe(before);
    });

    test('dispose of the backend and of tfjs are the same', () => {
      const mine = tf.tensor1d([1, 2]);
      b.dispose(b.fromTensor(mine));
      expect(mine.isDisposed).toBe(true);
    });

    test('what is made inside tf.tidy is disposed by it, unless it is returned or kept', () => {
      let lost: ReturnType<typeof b.add> | undefined;
      const result = tf.tidy(() => {
        lost = b.fromData([1, 2], [2]);
        return b.add(lost, 1);
      });
      expect(Array.from(result.dataSync())).toEqual([2, 3]);
      expect(() => b.add(lost as NonNullable<typeof lost>, 1)).toThrow(/add: a tensor of shape \[2\] was disposed by tfjs; .*tf\.keep/);
    });

    test('the data of fromData is copied', async () => {
      const data = Float32Array.of(1, 2);
      const x = b.fromData(data, [2]);
      data[0] = 9;
      const seen = b.readSync?.(x) as Float32Array;
      seen[1] = 9;
      expect(Array.from(await b.read(x))).toEqual([1, 2]);
    });
  });

  describe('errors', () => {
    const codeOf = (f: () => unknown): unknown => {
      try {
        f();
      } catch (error) {
        return { code: (error as { code: string }).code, message: (error as Error).message };
      }
      return null;
    };

    test('a handle of another backend', () => {
      const foreign = { shape: [2], dtype: 'float32' } as unknown as ReturnType<typeof b.add>;
      for (const f of [() => b.add(foreign, 1), () => sigmoid(b, foreign), () => b.fromTensor(foreign), () => b.concat([foreign], 0)])
        expect(codeOf(f)).toMatchObject({
          code: 'argument',
          message: expect.stringContaining('is not a tf.Tensor but belongs to another backend'),
        });
    });

    test('a tensor that tfjs disposed', async () => {
      const x = b.fromData([1], [1]);
      x.dispose();
      expect(codeOf(() => b.exp(x))).toMatchObject({ code: 'disposed', message: expect.stringContaining('exp: a tensor of shape [1]') });
      expect(codeOf(() => b.readSync?.(x))).toMatchObject({ code: 'disposed' });
      await expect(b.read(x)).rejects.toThrow('read: a tensor of shape [1] was disposed');
      b.dispose(x);
    });

    test('a dtype that the contract has not', () => {
      const words = tf.tensor1d(['a', 'b']) as unknown as tf.Tensor;
      expect(codeOf(() => b.fromTensor(words))).toMatchObject({ code: 'dtype', message: expect.stringContaining('holds string') });
    });

    test('another device', async () => {
      const x = b.fromData([1], [1]);
      const second = await tfjsOn(other);
      try {
        expect(codeOf(() => b.add(x, 1))).toMatchObject({
          code: 'unsupported',
          message: expect.stringContaining(`was made for the device '${device}', but tfjs is on '${other}' now`),
        });
        expect(codeOf(() => b.fromData([1], [1]))).toMatchObject({ code: 'unsupported' });
        await expect(b.read(x)).rejects.toThrow(`tf.setBackend('${device}')`);
        // tfjs moves data between its devices by itself
        expect(Array.from(second.readSync?.(second.add(x, 1)) ?? [])).toEqual([2]);
      } finally {
        await tf.setBackend(device);
      }
    });

    test('a failing operation leaves nothing behind', () => {
      const before = tf.memory().numTensors;
      const [x, y] = [b.fromData([1, 2], [2]), b.fromData([1, 2, 3], [3])];
      expect(codeOf(() => b.add(x, y))).toMatchObject({ code: 'shape' });
      for (const t of [x, y]) b.dispose(t);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  test('a compiled step leaves nothing but its results, which are the caller’s own', async () => {
    // the state is handed through as it is
    const step = <U extends TensorMeta>(t: Backend<U>, p: { w: U }, s: { v: U }, x: U): readonly [U, { v: U }] => [
      t.mul(t.add(x, s.v), p.w),
      s,
    ];
    const [w, v] = [b.fromData([2], [1]), b.fromData([1, 1, 1], [3])];
    const x = b.fromData([1, 2, 3, 4, 5, 6], [2, 3]);
    const [g, h] = [b.fromData([1, 1, 1, 1, 1, 1], [2, 3]), b.fromData([1, 0, 0], [3])];
    const program = traceStep('step', step as never, { w }, { v }, { shape: [3], dtype: 'float32' });
    const before = tf.memory().numTensors;
    const executable = await (b.compile as NonNullable<typeof b.compile>)(program, 2);
    expect(executable.executedBy).toContain(`operations of tfjs-${device}`);
    expect(executable.fallbackReason).toContain('tfjs runs kernels of its own only');
    for (let i = 0; i < 3; i++) {
      const { outputs, states } = executable.run([w], [v], x);
      expect(Array.from(outputs.dataSync())).toEqual([4, 6, 8, 10, 12, 14]);
      const pulled = executable.pullback(g, [h], true);
      expect(Array.from(pulled.parameters[0].dataSync())).toEqual([27]);
      expect(Array.from(pulled.states[0].dataSync())).toEqual([5, 4, 4]);
      expect(Array.from(pulled.inputs?.dataSync() ?? [])).toEqual([2, 2, 2, 2, 2, 2]);
      for (const t of [outputs, ...states, ...pulled.parameters, ...pulled.states, pulled.inputs]) t?.dispose();
    }
    executable.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect([w, v, x, g, h].some((t) => t.isDisposed)).toBe(false);
  });

  const trains = async (compile: boolean, steps: number): Promise<void> => {
    const before = tf.memory().numTensors;
    const network = sequential(linear(4, 2), leaky(2));
    const model = await createModel(network, { backend: b, seed: 1, compile });
    // class 0 drives the first two inputs, class 1 the last two
    const inputs = (indices: ArrayLike<number>): Float32Array =>
      Float32Array.from({ length: 2 * indices.length * 4 }, (_, i) => {
        const [sample, feature] = [Math.floor(i / 4) % indices.length, i % 4];
        return Number(feature >> 1 === indices[sample] % 2);
      });
    const data = {
      size: 4,
      batch: (indices: ArrayLike<number>) => ({
        inputs: inputs(indices),
        shape: [2, indices.length, 4],
        labels: Int32Array.from(indices, (i) => i % 2),
      }),
    };
    const counts: number[] = [];
    const losses: number[] = [];
    await fit(model, data, {
      loss: crossEntropyOverTime(),
      optimizer: sgd(0.2),
      epochs: steps,
      batchSize: 4,
      callbacks: [
        {
          onStep(report) {
            counts.push(tf.memory().numTensors);
            losses.push(report.loss);
          },
        },
      ],
    });
    expect(counts).toHaveLength(steps);
    expect(new Set(counts).size).toBe(1);
    expect(losses.at(-1)).toBeLessThan(losses[0] - 0.2);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  };
  // of the slowest machine that runs this, and with company
  const PATIENCE = 120_000;
  // 1,000 steps in all
  test('training by compiled programs leaks nothing and learns', () => trains(true, 500), PATIENCE);
  test('training operation by operation leaks nothing and learns', () => trains(false, 500), PATIENCE);
}
