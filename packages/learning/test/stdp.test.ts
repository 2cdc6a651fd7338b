// STDP and reward-modulated STDP as rules, against their formulas in plain numbers.
import { plainCpu } from '@snn/backend-cpu';
import { bernoulli, randomKey, stream } from '@snn/core';
import { STDP_DEFAULTS, STDP_PARAMETERS, stdpLinearStep } from '@snn/neurons-lif';
import {
  avgPool2d,
  conv2d,
  createModel,
  crossEntropyOfCount,
  crossEntropyOverTime,
  type Dataset,
  fit,
  flatten,
  leaky,
  leakyReadout,
  lif,
  linear,
  recurrent,
  run,
  sequential,
  sgd,
} from '@snn/nn';
import { describe, expect, test } from 'vitest';
import { REWARD_STDP_PARAMETERS, rewardStdp, rewardStdpStep, stdp } from '../src/index.ts';
import { apart, byRule, peak, problem } from './common.ts';

const network = () => sequential(linear(6, 5), recurrent(leaky(5)), linear(5, 3), leakyReadout(3));

describe('STDP', () => {
  test('gives the changes of the step function at the spikes of the network', async () => {
    const p = problem(network(), [12, 3, 6, 3], { gain: 4 });
    const options = { ratePlus: 0.02, rateMinus: 0.01, bounded: false };
    const { gradients, spikes } = await byRule(p, stdp({ ...options, update: 'sequence' }), crossEntropyOfCount());
    expect(spikes).toBeGreaterThan(20);

    // the spikes of the layer are the output of a network that ends there
    const { b } = p;
    const { layers } = p.parameters as { layers: readonly { weight: Parameters<typeof b.readSync>[0] }[] };
    const { outputs } = run(b, sequential(linear(6, 5), recurrent(leaky(5))), { layers: layers.slice(0, 2) } as never, p.inputs);
    const change = (weight: (typeof layers)[0]['weight'], before: (t: number) => number[]): number[] => {
      const [inputs] = weight.shape;
      const sum = new Array<number>(inputs * 5).fill(0);
      let state = { pre: b.fromData(new Float64Array(3 * inputs), [3, inputs]), post: b.fromData(new Float64Array(15), [3, 5]) };
      for (let t = 0; t < 12; t++) {
        const after = [...b.readSync(outputs)].slice(t * 15, (t + 1) * 15);
        const [next, traces] = stdpLinearStep(
          b,
          { ...STDP_PARAMETERS, ...options },
          state,
          weight,
          b.fromData(before(t), [3, inputs]),
          b.fromData(after, [3, 5]),
          { ...STDP_DEFAULTS, ...options },
        );
        state = traces;
        for (const [i, x] of b.readSync(b.sub(weight, next)).entries()) sum[i] += x;
      }
      return sum;
    };
    const x = [...b.readSync(p.inputs)];
    const z = [...b.readSync(outputs)];
    expect(apart({ w: gradients['layers[0].weight'] }, { w: change(layers[0].weight, (t) => x.slice(t * 18, (t + 1) * 18)) })).toBeLessThan(
      1e-12,
    );
    const looped = change(layers[1].weight, (t) => (t === 0 ? new Array<number>(15).fill(0) : z.slice((t - 1) * 15, t * 15)));
    // a neuron has no synapse to itself
    expect(apart({ w: gradients['layers[1].weight'] }, { w: looped.map((y, i) => (i % 6 === 0 ? 0 : y)) })).toBeLessThan(1e-12);
    expect(Math.max(...gradients['layers[0].weight'].map(Math.abs))).toBeGreaterThan(1e-3);
    // what no spikes come after does not change
    expect(gradients['layers[2].weight'].every((y) => y === 0)).toBe(true);
    expect(gradients['layers[0].bias'].every((y) => y === 0)).toBe(true);
  });

  test('in fit with sgd(1), weights of frequent inputs grow and others shrink', async () => {
    const size = 40;
    const data: Dataset = {
      size,
      batch(indices, key) {
        const rates = Float32Array.from({ length: 50 * indices.length * 4 }, (_, i) => (i % 4 < 2 ? 0.3 : 0.02));
        return { inputs: bernoulli(key, rates, rates.length), shape: [50, indices.length, 4], labels: new Int32Array(indices.length) };
      },
    };
    const backend = plainCpu();
    const model = await createModel(sequential(linear(4, 2, { bias: false }), lif(2)), { backend, seed: 2 });
    model.replace({ layers: [{ weight: backend.fromData(new Float32Array(8).fill(0.5), [4, 2]) }, null] });
    const before = backend.memory();
    const rule = stdp({ rule: 'multiplicative', ratePlus: 0.002, rateMinus: 0.0002, tauPre: 5e-3, tauPost: 5e-3 });
    const { steps } = await fit(model, data, { loss: crossEntropyOfCount(), optimizer: sgd(1), batchSize: 10, epochs: 3, gradient: rule });
    expect(steps).toBe(12);
    expect(backend.memory()).toEqual(before);
    const { layers } = model.parameters as { layers: readonly [{ weight: Parameters<typeof backend.readSync>[0] }] };
    const weights = [...backend.readSync(layers[0].weight)];
    expect(Math.min(...weights.slice(0, 4))).toBeGreaterThan(Math.max(...weights.slice(4)));
    expect(weights.every((w) => w >= 0 && w <= 1)).toBe(true);
  });

  test('memory does not grow with the number of steps', async () => {
    const small = sequential(linear(2, 3), recurrent(leaky(3)), linear(3, 2), leaky(2));
    const at = (steps: number, rule = stdp()): Promise<{ bytes: number; tensors: number }> => peak(problem(small, [steps, 1, 2, 2]), rule);
    expect(await at(500)).toEqual(await at(10));
    expect(await at(500, rewardStdp())).toEqual(await at(10, rewardStdp()));
  });

  test('refuses convolutions and parameters that make no sense', async () => {
    const images = sequential(conv2d(1, 2, 3), leaky([2, 4, 4]), avgPool2d(4), flatten());
    const flat = problem(sequential(linear(36, 2)), [3, 2, 36, 2]);
    const p = { ...flat, network: images, parameters: images.init(flat.b, flat.key), inputs: flat.b.reshape(flat.inputs, [3, 2, 1, 6, 6]) };
    await expect(byRule(p, stdp(), crossEntropyOverTime())).rejects.toThrow('stdp: the synapses at layers[0]');
    expect(() => stdp({ tauPre: -1 })).toThrow('tauPre is a time constant');
    expect(() => rewardStdp({ tauEligibility: 0 })).toThrow('rewardStdp: tauEligibility must be a number of seconds above 0, but is 0.');
  });
});

describe('reward-modulated STDP', () => {
  test('is its formula', () => {
    const { b } = problem(network(), [1, 1, 6, 3]);
    const parameters = {
      ...REWARD_STDP_PARAMETERS,
      tauPre: 4e-3,
      tauPost: 7e-3,
      tauEligibility: 20e-3,
      ratePlus: 0.3,
      rateMinus: 0.2,
      amplitudePost: 2,
    };
    const key = randomKey(1);
    const one = b.fromData([0], [1, 1]);
    let state = { pre: one, post: one, eligibility: b.fromData([0], [1, 1, 1]) };
    let [pre, post, c] = [0, 0, 0];
    const spikes = bernoulli(stream(key, 'z'), new Float32Array(60).fill(0.3), 60);
    const leak = (tau: number): number => 1 - Math.exp(-1e-3 / tau);
    for (let t = 0; t < 30; t++) {
      const [x, z] = [spikes[2 * t], spikes[2 * t + 1]];
      state = rewardStdpStep(b, parameters, state, b.fromData([x], [1, 1]), b.fromData([z], [1, 1]));
      pre += leak(4e-3) * (x - pre);
      post += leak(7e-3) * (2 * z - post);
      c += 0.3 * pre * z - 0.2 * x * post - leak(20e-3) * c;
      expect(Math.abs(b.readSync(state.eligibility)[0] - c)).toBeLessThan(1e-14);
    }
    expect(Math.abs(c)).toBeGreaterThan(1e-3);
  });

  test('turns its sign with the reward, and is nothing without one', async () => {
    const p = problem(network(), [12, 3, 6, 3], { gain: 4 });
    const by = (r: number) => byRule(p, rewardStdp({ reward: (b, _, labels) => b.add(b.mul(labels, 0), r) }), crossEntropyOverTime());
    const [good, bad, none] = [await by(1), await by(-1), await by(0)];
    const path = 'layers[0].weight';
    expect(bad.gradients[path]).toEqual(good.gradients[path].map((x) => -x));
    expect(none.gradients[path].every((x) => x === 0)).toBe(true);
    expect(Math.max(...good.gradients[path].map(Math.abs))).toBeGreaterThan(1e-4);
    // in steps of one length with the same rates, a reward of 1 for all is STDP whose traces of the past leak
    const still = await byRule(
      p,
      rewardStdp({ tauEligibility: 1e12, reward: (b, _, labels) => b.add(b.mul(labels, 0), 1) }),
      crossEntropyOverTime(),
    );
    const plain = await byRule(p, stdp({ update: 'sequence', bounded: false }), crossEntropyOverTime());
    expect(apart({ w: still.gradients[path] }, { w: plain.gradients[path] })).toBeLessThan(1e-6);
  });

  test('neurons come to answer what is rewarded and not what is punished', async () => {
    const data: Dataset = {
      size: 64,
      batch(indices, key) {
        const labels = Int32Array.from(indices, (i) => i % 2);
        const rates = Float32Array.from({ length: 30 * indices.length * 6 }, (_, i) => {
          const sample = Math.floor(i / 6) % indices.length;
          return i % 6 < 3 === (labels[sample] === 0) ? 0.4 : 0.02;
        });
        return { inputs: bernoulli(key, rates, rates.length), shape: [30, indices.length, 6], labels };
      },
    };
    const backend = plainCpu();
    const model = await createModel(sequential(linear(6, 2, { bias: false }), leaky(2)), { backend, seed: 4 });
    // they prefer what is punished
    const start = Float32Array.from({ length: 12 }, (_, i) => (i < 6 ? 0.35 : 0.5));
    model.replace({ layers: [{ weight: backend.fromData(start, [6, 2]) }, null] });
    const answers = async (): Promise<number[]> => {
      const { inputs, shape, labels } = await data.batch(
        Int32Array.from({ length: 64 }, (_, i) => i),
        randomKey(9),
      );
      const { data: spikes } = await model.predict({ data: inputs as Float32Array, shape });
      const sums = [0, 0];
      spikes.forEach((z, i) => {
        sums[labels[Math.floor(i / 2) % 64]] += z;
      });
      return sums;
    };
    const [good, bad] = await answers();
    expect(good).toBeLessThan(bad);
    const rule = rewardStdp({ rateMinus: 0, ratePlus: 0.02, tauPre: 10e-3, reward: (b, _, labels) => b.sub(1, b.mul(labels, 2)) });
    await fit(model, data, { loss: crossEntropyOfCount(), optimizer: sgd(0.2), batchSize: 8, epochs: 4, gradient: rule });
    const [better, worse] = await answers();
    expect(better).toBeGreaterThan(good);
    expect(worse).toBeLessThan(bad);
    expect(better).toBeGreaterThan(2 * worse);
  });

  test('refuses rewards that are not one per sample', async () => {
    const p = problem(network(), [4, 3, 6, 3]);
    await expect(byRule(p, rewardStdp({ reward: (_, scores) => scores }), crossEntropyOverTime())).rejects.toThrow(
      'one number per sample, [3], but is [3,3]',
    );
  });
});
