// Without WebAssembly: kernels in JavaScript give the bits of the operations one by one, and the executable says who runs it.
import { checkpoint, scheduled, traceStep, truncated } from '@snn/compile';
import { type Backend, bernoulli, linear, normal, randomKey, sigmoid, sizeOf, type TensorMeta, tanh } from '@snn/core';
import { lifStep } from '@snn/neurons-lif';
import { arctan, spike } from '@snn/surrogates';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { javaScriptKernels } from '../src/compiled/javascript.ts';
import { cpu } from '../src/cpu.ts';
import { plainCpu } from '../src/plain.ts';
import type { CpuTensor } from '../src/storage.ts';

afterEach(() => void vi.unstubAllGlobals());

type Parameters<T> = { readonly w: T; readonly r: T; readonly tau: T; readonly beta: T };
type State<T> = { readonly v: T; readonly i: T; readonly u: T; readonly z: T; readonly last: T };

/** A LIF layer whose time constants are learnt, a layer that hears its own spikes, gates, and a state that is only handed on. */
const step = <T extends TensorMeta>(b: Backend<T>, p: Parameters<T>, s: State<T>, x: T): readonly [T, State<T>] => {
  const current = linear(b, x, p.w);
  const lif = { tau: p.tau, tauSynapse: 5e-3, leak: 0, threshold: 0.7, reset: 0 };
  const [first, { v, i }] = lifStep(b, lif, { v: s.v, i: s.i }, current);
  const u = b.add(b.mul(s.u, sigmoid(b, p.beta)), b.add(b.add(first, s.last), b.matmul(s.z, p.r)));
  const z = spike(b, b.sub(u, 1), arctan());
  return [b.mul(tanh(b, u), b.sub(z, b.sum(first, [1]))), { v, i, u: b.sub(u, z), z, last: current }];
};

describe('bits of the operations one by one', () => {
  test.each([{ kind: 'store' } as const, checkpoint(2), truncated(3)])('gradient %o', (gradient) => {
    const sizes = fc.record({ steps: fc.integer({ min: 1, max: 7 }), batch: fc.integer({ min: 1, max: 4 }), n: fc.constantFrom(1, 3, 70) });
    fc.assert(
      fc.property(sizes, fc.nat(1e6), ({ steps, batch, n }, seed) => {
        const b = plainCpu();
        let key = seed;
        const draw = (...shape: number[]): CpuTensor => b.fromData(normal(randomKey(key++), sizeOf(shape)), shape);
        const tau = b.fromData([12e-3], []);
        const parameters = { w: draw(5, n), r: draw(n, n), tau, beta: draw(n) };
        const state = { v: draw(batch, n), i: draw(batch, n), u: draw(batch, n), z: draw(batch, n), last: draw(batch, n) };
        const traced = traceStep('step', step, parameters, state, { shape: [batch, 5], dtype: 'float32' });
        const x = b.fromData(bernoulli(randomKey(key++), 0.4, steps * batch * 5), [steps, batch, 5]);
        const g = draw(steps, batch, n);
        const h = Object.values(state).map(({ shape }) => draw(...shape));
        const values: Record<string, CpuTensor> = { ...parameters, ...state };
        const named = (names: readonly string[]): CpuTensor[] => names.map((name) => values[name]);
        const [one, other] = [null, javaScriptKernels(b)].map((kernels) => {
          const executable = scheduled(b, traced, null, gradient, kernels);
          // twice: nothing of a run may be left in a kernel
          return [1, 2].flatMap(() => {
            const { outputs, states } = executable.run(named(traced.parameterNames), named(traced.stateNames), x);
            const found = executable.pullback(g, h, true);
            const all = [outputs, ...states, ...found.parameters, ...found.states, found.inputs as CpuTensor];
            const bits = all.map((t) => [...new Int32Array((b.readSync(t) as Float32Array).buffer)]);
            for (const t of all) b.dispose(t);
            return bits;
          });
        });
        expect(other).toEqual(one);
      }),
      { numRuns: 12, seed: 3 },
    );
  });
});

test('a page without WebAssembly is served by JavaScript kernels, says so, and leaves no tensor behind', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  const b = await cpu();
  const layer = <T extends TensorMeta>(on: Backend<T>, p: { w: T }, s: { v: T }, x: T) => {
    const v = on.add(on.mul(s.v, 0.5), linear(on, x, p.w));
    return [v, { v }] as const;
  };
  const [w, v] = [b.fromData([2], [1, 1]), b.fromData([1], [1, 1])];
  const executable = await b.compile(traceStep('leak', layer, { w }, { v }, { shape: [1, 1], dtype: 'float32' }), 3);
  expect(executable.executedBy).toBe('JavaScript kernels and operations of cpu, scheduled');
  expect(executable.fallbackReason).toBe('this JavaScript engine has no WebAssembly');
  const x = b.fromData([1, 0, 0], [3, 1, 1]);
  const before = b.memory().tensors;
  const { outputs, states } = executable.run([w], [v], x);
  expect([...b.readSync(outputs)]).toEqual([2.5, 1.25, 0.625]);
  expect([...b.readSync(states[0])]).toEqual([0.625]);
  expect(b.memory().tensors).toBe(before + 2);
});
