// SLTT and OTTT against backpropagation through time, where they must agree.
import { truncated } from '@snn/compile';
import {
  avgPool2d,
  conv2d,
  crossEntropyOfMaximum,
  crossEntropyOverTime,
  flatten,
  leaky,
  learnable,
  lif,
  linear,
  lsnn,
  rateAbove,
  recurrent,
  sequential,
  tdBatchNorm,
} from '@snn/nn';
import { describe, expect, test } from 'vitest';
import { ottt, sltt } from '../src/index.ts';
import { apart, byRule, byTime, peak, problem, sizes } from './common.ts';

const networks = {
  'feed-forward': () => sequential(linear(6, 9), lif(9, { tau: 4e-3 }), linear(9, 5), leaky(5), linear(5, 3)),
  recurrent: () => sequential(linear(6, 7), recurrent(lsnn(7, { tau: learnable(5e-3, { perNeuron: true }) })), linear(7, 3), leaky(3)),
};

describe('SLTT', () => {
  for (const [name, network] of Object.entries(networks)) {
    test(`${name}: is backpropagation truncated to one step`, async () => {
      const p = problem(network(), [8, 4, 6, 3], { gain: 3 });
      const expected = byTime(p, crossEntropyOverTime(), [], truncated(1));
      const actual = await byRule(p, sltt(), crossEntropyOverTime());
      expect(actual.spikes).toBe(expected.spikes);
      expect(actual.correct).toBe(expected.correct);
      expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-12);
      expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
      expect(expected.spikes).toBeGreaterThan(20);
    });

    test(`${name}: goes through the sequence twice where a loss needs all of it`, async () => {
      const p = problem(network(), [8, 4, 6, 3], { gain: 3 });
      const penalties = [rateAbove(0.05, 2)];
      const expected = byTime(p, crossEntropyOfMaximum(), penalties, truncated(1));
      const actual = await byRule(p, sltt(), crossEntropyOfMaximum(), penalties);
      expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-12);
      expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
    });
  }
});

describe('OTTT', () => {
  const decay = 0.85;

  test('one layer of leaky neurons: is backpropagation through time', async () => {
    const p = problem(
      sequential(linear(6, 9, { bias: false }), leaky(9, { beta: decay, detachReset: true }), linear(9, 3, { bias: false })),
      [12, 4, 6, 3],
      {
        gain: 2,
      },
    );
    const expected = byTime(p, crossEntropyOverTime());
    const actual = await byRule(p, ottt({ decay }), crossEntropyOverTime());
    // what the readout has no memory of, it has no trace of
    const hidden = 'layers[0].weight';
    expect(apart({ [hidden]: actual.gradients[hidden] }, { [hidden]: expected.gradients[hidden] })).toBeLessThan(1e-12);
    expect(apart(byTime(p, crossEntropyOverTime(), [], truncated(1)).gradients, expected.gradients)).toBeGreaterThan(0.1);
  });

  test('a layer of leaky neurons as output: is backpropagation through time', async () => {
    const p = problem(sequential(linear(6, 3, { bias: false }), leaky(3, { beta: decay, detachReset: true })), [12, 4, 6, 3], { gain: 2 });
    const expected = byTime(p, crossEntropyOverTime());
    const actual = await byRule(p, ottt({ decay }), crossEntropyOverTime());
    expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
    expect(sizes(expected.gradients)['layers[0].weight'][0]).toBeGreaterThan(1e-3);
  });

  test('images: is backpropagation through time', async () => {
    const network = sequential(
      conv2d(1, 2, 3, { bias: false }),
      leaky([2, 4, 4], { beta: decay, detachReset: true }),
      avgPool2d(4),
      flatten(),
    );
    const flat = problem(sequential(linear(36, 2)), [6, 3, 36, 2]);
    const parameters = network.init(flat.b, flat.key);
    const p = { ...flat, network, parameters, inputs: flat.b.reshape(flat.inputs, [6, 3, 1, 6, 6]) };
    const expected = byTime(p, crossEntropyOverTime());
    const actual = await byRule(p, ottt({ decay }), crossEntropyOverTime());
    expect(apart(actual.gradients, expected.gradients)).toBeLessThan(1e-12);
    expect(sizes(expected.gradients)['layers[0].weight'][0]).toBeGreaterThan(1e-3);
  });

  test('without decay it is SLTT', async () => {
    const p = problem(networks.recurrent(), [8, 4, 6, 3], { gain: 3 });
    const [a, b] = [await byRule(p, ottt({ decay: 0 }), crossEntropyOverTime()), await byRule(p, sltt(), crossEntropyOverTime())];
    expect(a.gradients).toEqual(b.gradients);
  });

  test('refuses a decay that is none', () => {
    expect(() => ottt({ decay: 1.5 })).toThrow(
      'ottt: decay must be the part of a membrane that is left after a step, from 0 to 1, but is 1.5.',
    );
  });
});

const small = sequential(linear(2, 3), recurrent(leaky(3)), linear(3, 2), leaky(2));

for (const rule of [sltt(), ottt({ decay: 0.9 }), sltt({ update: 'step' })]) {
  test(`${rule.name}: memory does not grow with the number of steps`, async () => {
    const at = (steps: number): Promise<{ bytes: number; tensors: number }> => peak(problem(small, [steps, 1, 2, 2]), rule);
    const [short, long] = [await at(10), await at(1000)];
    expect(long).toEqual(short);
  });
}

test('a network that normalises over time is refused', async () => {
  const p = problem(sequential(linear(2, 3), tdBatchNorm(3), leaky(3), linear(3, 2)), [4, 2, 2, 2]);
  await expect(byRule(p, sltt(), crossEntropyOverTime())).rejects.toThrow('normalises over time while it is trained');
});
