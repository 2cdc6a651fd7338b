// e-prop against backpropagation through time with the recurrent path of spikes stopped.
import type { ReferenceTensor } from '@snn/backend-conformance';
import { type CpuBackend, type CpuTensor, cpu, plainCpu } from '@snn/backend-cpu';
import { type Backend, stopGradient, type TensorMeta, type Tree, treeLeaves, treeMap, unsupportedError } from '@snn/core';
import {
  adaLif,
  adaptive,
  adLif,
  alif,
  crossEntropyOfMaximum,
  crossEntropyOverTime,
  dropout,
  type Layer,
  leakyReadout,
  learnable,
  li,
  lif,
  linear,
  lsnn,
  rateAbove,
  recurrent,
  seAdLif,
  sequential,
  slstm,
  type UsedParameters,
} from '@snn/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eprop } from '../src/index.ts';
import { apart, byRule, byTime, compiled, type Numbers, type Problem, peak, problem, sizes } from './common.ts';

/** `recurrent(layer)` whose last spikes let no gradient through. */
function stopped(layer: Layer): Layer {
  const loop = recurrent(layer);
  return {
    ...loop,
    step<T extends TensorMeta>(b: Backend<T>, used: UsedParameters<T>, state: { inner: Tree<T>; output: T }, input: T, context: never) {
      return loop.step(b, used, { ...state, output: stopGradient(b, state.output) }, input, context);
    },
  } as Layer;
}

type Loop = (layer: Layer) => Layer;
const detached = { detachReset: false } as const;
const networks: Readonly<Record<string, (loop: Loop) => Layer>> = {
  'LIF, leaky readout': (loop) => sequential(linear(6, 8), loop(lif(8, { tau: 4e-3 })), linear(8, 3), li(3)),
  'LIF with gradient through the reset': (loop) => sequential(linear(6, 8), loop(lif(8, detached)), linear(8, 3), leakyReadout(3)),
  'LIF, no readout neurons': (loop) => sequential(linear(6, 8), loop(lif(8)), linear(8, 3)),
  'LIF, learnable parameters': (loop) =>
    sequential(
      linear(6, 8),
      loop(
        lif(8, {
          tau: learnable(4e-3, { perNeuron: true }),
          threshold: learnable(0.8),
          leak: learnable(0.1),
          initial: { i: learnable(0.2) },
        }),
      ),
      linear(8, 3),
      li(3, { tau: learnable(6e-3) }),
    ),
  LSNN: (loop) => sequential(linear(6, 8), loop(lsnn(8, { tauAdapt: 0.02, beta: 0.5 })), linear(8, 3), li(3)),
  'LSNN, reset and adaptation learnt': (loop) =>
    sequential(
      linear(6, 8),
      loop(lsnn(8, { ...detached, tauAdapt: learnable(0.02), beta: learnable(0.5, { perNeuron: true }) })),
      linear(8, 3),
      li(3),
    ),
  ALIF: (loop) => sequential(linear(6, 8), loop(alif(8)), linear(8, 3), leakyReadout(3)),
  adaptive: (loop) => sequential(linear(6, 8), loop(adaptive(8, { rho: learnable(0.8) })), linear(8, 3), leakyReadout(3)),
  'current adaptation': (loop) => sequential(linear(6, 8), loop(adaLif(8, detached)), linear(8, 3), li(3)),
  adLIF: (loop) => sequential(linear(6, 8), loop(adLif(8, { threshold: 0.2 })), linear(8, 3), li(3)),
  seAdLIF: (loop) => sequential(linear(6, 8), loop(seAdLif(8, { ...detached, threshold: 0.2 })), linear(8, 3), li(3)),
  'with dropout': (loop) => sequential(linear(6, 8), loop(lif(8)), dropout(0.3), linear(8, 3), li(3)),
};

describe('e-prop is backpropagation with the recurrent path of spikes stopped', () => {
  for (const [name, network] of Object.entries(networks)) {
    for (const [how, loss, penalties] of [
      ['a mean over time', crossEntropyOverTime(), []],
      ['a loss of the whole sequence and a penalty', crossEntropyOfMaximum(), [rateAbove(0.02, 3)]],
    ] as const) {
      test(`${name}: ${how}`, async () => {
        const size = [14, 3, 6, 3];
        const p = problem(network(recurrent), size, { gain: 4 });
        const expected = byTime({ ...p, network: network(stopped) }, loss, penalties);
        const traces = await byRule(p, eprop(), loss, penalties);
        const backwards = await byRule(compiled(p), eprop(), loss, penalties);
        expect(expected.spikes).toBeGreaterThan(20);
        for (const actual of [traces, backwards]) {
          expect([actual.spikes, actual.correct]).toEqual([expected.spikes, expected.correct]);
          expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-12);
          expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
        }
        expect(traces.executedBy).toMatch(/^step by step/);
        expect(backwards.executedBy).toBe('operations of reference-float64, scheduled');
        for (const [path, [size]] of Object.entries(sizes(expected.gradients))) expect([path, size > 1e-4]).toEqual([path, true]);
      });
    }
  }

  test('for any sizes, weights and inputs', async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 1000 }),
        async ([steps, batch, inputs], neurons, seed) => {
          const made = (loop: Loop): Layer =>
            sequential(linear(inputs, neurons), loop(lsnn(neurons, { detachReset: false, tauAdapt: 0.01 })), linear(neurons, 2), li(2));
          const p = problem(made(recurrent), [steps, batch, inputs, 2], { gain: 5, seed });
          const expected = byTime({ ...p, network: made(stopped) }, crossEntropyOverTime());
          const actual = await byRule(p, eprop(), crossEntropyOverTime());
          expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('which is not backpropagation', async () => {
    const p = problem(networks.LSNN(recurrent), [14, 3, 6, 3], { gain: 4 });
    const actual = await byRule(p, eprop(), crossEntropyOverTime());
    expect(apart(actual.gradients, byTime(p, crossEntropyOverTime()).gradients)).toBeGreaterThan(1e-2);
  });

  test('but is it without recurrent connections', async () => {
    const p = problem(
      networks.LSNN((layer) => layer),
      [14, 3, 6, 3],
      { gain: 6 },
    );
    const actual = await byRule(p, eprop(), crossEntropyOverTime());
    expect(apart(actual.gradients, byTime(p, crossEntropyOverTime()).gradients)).toBeLessThan(1e-12);
  });
});

describe('traces forwards and a compiled program backwards have one gradient', () => {
  for (const feedback of ['symmetric', 'random', 'adaptive'] as const) {
    for (const [name, network] of Object.entries(networks)) {
      test(`${feedback} feedback, ${name}`, async () => {
        const p = problem(network(recurrent), [14, 3, 6, 3], { gain: 4 });
        const penalties = [rateAbove(0.02, 3)];
        const traces = await byRule(p, eprop({ feedback }), crossEntropyOfMaximum(), penalties);
        const backwards = await byRule(compiled(p), eprop({ feedback }), crossEntropyOfMaximum(), penalties);
        expect(apart(backwards.gradients, traces.gradients)).toBeLessThan(1e-12);
      });
    }
  }

  test('where the readout is recurrent, too, and where neurons are the output', async () => {
    for (const network of [
      sequential(linear(6, 8), recurrent(lif(8)), linear(8, 3), recurrent(li(3))),
      sequential(linear(6, 8), recurrent(lif(8))),
    ]) {
      const p = problem(network, [14, 3, 6, 3], { gain: 4 });
      const traces = await byRule(p, eprop({ feedback: 'random' }), crossEntropyOverTime());
      const backwards = await byRule(compiled(p), eprop({ feedback: 'random' }), crossEntropyOverTime());
      expect(apart(backwards.gradients, traces.gradients)).toBeLessThan(1e-12);
    }
  });

  test('in float32 on the CPU, but for rounding', async () => {
    const network = networks.LSNN(recurrent);
    const { b: doubles, ...p } = problem(network, [60, 5, 6, 3], { gain: 4 });
    const learnt = async (b: CpuBackend): Promise<{ numbers: Numbers; executedBy: string | undefined }> => {
      const onCpu = (x: ReferenceTensor): CpuTensor => b.fromData([...doubles.readSync(x)], x.shape);
      const batch = {
        parameters: treeMap<Tree<CpuTensor>>(p.parameters, onCpu),
        inputs: onCpu(p.inputs),
        labels: onCpu(p.labels),
        key: p.key,
      };
      const learner = eprop({ feedback: 'random' }).begin(b, network);
      let numbers: Numbers = {};
      await learner.learn(b, { network, loss: crossEntropyOverTime(), regularizers: [], training: true }, batch, (found) => {
        numbers = Object.fromEntries(treeLeaves<CpuTensor>(found).map(({ path, value }) => [path, [...b.readSync(value)]]));
        return batch.parameters;
      });
      const { executedBy } = learner;
      learner.dispose();
      return { numbers, executedBy };
    };
    const fast = await learnt(await cpu());
    const traces = await learnt(plainCpu());
    expect(fast.executedBy).toMatch(/^WebAssembly SIMD/);
    expect(traces.executedBy).toBe("step by step (backend 'cpu' has no compile)");
    expect(apart(fast.numbers, traces.numbers)).toBeLessThan(1e-5);
  });

  test('and the traces run where there is no room for a program', async () => {
    const p = problem(networks.LSNN(recurrent), [14, 3, 6, 3], { gain: 4 });
    const full = {
      ...p.b,
      compile: () => Promise.reject(unsupportedError('no memory for it')),
    };
    const traces = await byRule(p, eprop(), crossEntropyOverTime());
    const fallen = await byRule({ ...p, b: full }, eprop(), crossEntropyOverTime());
    expect(fallen.executedBy).toBe('step by step (no memory for it)');
    expect(fallen.gradients).toEqual(traces.gradients);
  });

  test('and all memory is given back', async () => {
    const p = compiled(problem(networks.LSNN(recurrent), [14, 3, 6, 3], { gain: 4 }));
    await peak(p, eprop({ feedback: 'adaptive' }));
  });
});

describe('feedback', () => {
  const network = networks.LSNN(recurrent);
  const size = [14, 3, 6, 3];
  const hidden = 'layers[0].weight';

  test('random: the readout learns the same, neurons something else', async () => {
    const p = problem(network, size, { gain: 4 });
    const symmetric = await byRule(p, eprop(), crossEntropyOverTime());
    const random = await byRule(p, eprop({ feedback: 'random' }), crossEntropyOverTime());
    const again = await byRule(p, eprop({ feedback: 'random' }), crossEntropyOverTime());
    const other = await byRule(p, eprop({ feedback: 'random', seed: 1 }), crossEntropyOverTime());
    expect(random.gradients['layers[2].weight']).toEqual(symmetric.gradients['layers[2].weight']);
    expect(random.gradients[hidden]).not.toEqual(symmetric.gradients[hidden]);
    expect(random.gradients).toEqual(again.gradients);
    expect(random.gradients[hidden]).not.toEqual(other.gradients[hidden]);
  });

  test.each([
    ['by traces', (p: Problem) => p],
    ['backwards', compiled],
  ] as const)('adaptive: its distance to the readout shrinks by the decay, %s', async (_, on) => {
    // the gradient of the neurons is linear in the feedback, so the distance shows in it
    const p = on(problem(network, size, { gain: 4 }));
    const learner = eprop({ feedback: 'adaptive', decay: 0.25 }).begin(p.b, network);
    const objective = { network, loss: crossEntropyOverTime(), regularizers: [], training: true };
    const { b } = p;
    const { gradients: exact } = await byRule(p, eprop(), crossEntropyOverTime());
    const distances: number[] = [];
    for (let i = 0; i < 3; i++) {
      await learner.learn(b, objective, p, (found) => {
        const [{ weight }] = (found as { layers: { weight: Parameters<typeof b.readSync>[0] }[] }).layers;
        distances.push(b.readSync(weight)[0] - exact[hidden][0]);
        return p.parameters;
      });
    }
    learner.dispose();
    expect(Math.abs(distances[0])).toBeGreaterThan(1e-6);
    expect(distances[1] / distances[0]).toBeCloseTo(0.75, 9);
    expect(distances[2] / distances[0]).toBeCloseTo(0.75 ** 2, 9);
  });
});

describe('updates per step', () => {
  test('have the sum of the gradients of a sequence when nothing is updated', async () => {
    const p = problem(networks.LSNN(recurrent), [14, 3, 6, 3], { gain: 4 });
    const whole = await byRule(p, eprop(), crossEntropyOverTime());
    const learner = eprop({ update: 'step' }).begin(p.b, p.network);
    const sums: number[] = new Array(6 * 8).fill(0);
    let updates = 0;
    await learner.learn(p.b, { network: p.network, loss: crossEntropyOverTime(), regularizers: [], training: true }, p, (found) => {
      const [{ weight }] = (found as { layers: { weight: Parameters<typeof p.b.readSync>[0] }[] }).layers;
      for (const [i, x] of p.b.readSync(weight).entries()) sums[i] += x;
      updates++;
      return p.parameters;
    });
    expect(updates).toBe(14);
    expect(apart({ w: sums }, { w: whole.gradients['layers[0].weight'] })).toBeLessThan(1e-12);
  });

  test('need a loss that is known step by step', async () => {
    const p = problem(networks.LSNN(recurrent), [4, 3, 6, 3]);
    await expect(byRule(p, eprop({ update: 'step' }), crossEntropyOfMaximum())).rejects.toThrow('is only known after the last one');
  });
});

describe('refuses', () => {
  test.each([
    ['a second layer of neurons', sequential(linear(6, 8), lif(8), linear(8, 8), lif(8), linear(8, 3)), 'no learning signal reaches them'],
    ['a readout that spikes', sequential(linear(6, 8), lif(8), linear(8, 3), lif(3)), 'one linear way'],
    [
      'a readout whose neurons differ',
      sequential(linear(6, 8), lif(8), linear(8, 3), li(3, { tau: [1e-3, 2e-3, 3e-3] })),
      'one linear way',
    ],
    ['operations between neurons', sequential(linear(6, 8), slstm(8, 8), linear(8, 3)), "the step uses 'slice'"],
  ] as const)('%s', async (_, network, message) => {
    await expect(byRule(problem(network, [4, 3, 6, 3]), eprop(), crossEntropyOverTime())).rejects.toThrow(message);
  });

  test('options that are none', () => {
    expect(() => eprop({ feedback: 'none' as never })).toThrow("feedback must be 'symmetric', 'random' or 'adaptive', but is none");
    expect(() => eprop({ decay: 1 })).toThrow('decay must be from 0');
    expect(() => eprop({ update: 'batch' as never })).toThrow("update must be 'sequence' or 'step', but is batch");
  });
});

test('memory of traces does not grow with the number of steps', async () => {
  const network = sequential(linear(2, 3), recurrent(lsnn(3)), linear(3, 2), li(2));
  const at = (steps: number): Promise<{ bytes: number; tensors: number }> => peak(problem(network, [steps, 1, 2, 2], { gain: 4 }), eprop());
  const [short, long] = [await at(10), await at(1000)];
  expect(long).toEqual(short);
});
