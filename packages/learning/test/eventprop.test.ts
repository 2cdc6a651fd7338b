// EventProp against finite differences of spike times and membranes, and against small steps.
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { normal, randomKey, sizeOf, stream, uniform } from '@snn/core';
import {
  adam,
  createModel,
  crossEntropyOfMaximum,
  crossEntropyOverTime,
  type Dataset,
  fit,
  type Layer,
  type Loss,
  leakyReadout,
  li,
  lif,
  linear,
  meanSquaredErrorOverTime,
  rateAbove,
  recurrent,
  run,
  sequential,
} from '@snn/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propagator, timeToSpike } from '../src/eventprop/membrane.ts';
import { eventLayers } from '../src/eventprop/network.ts';
import { simulate } from '../src/eventprop/simulate.ts';
import { eventprop } from '../src/index.ts';
import { prepared } from '../src/tree.ts';
import { byRule, type Numbers, type Problem } from './common.ts';

const bare = { bias: false } as const;

describe('membrane', () => {
  const dynamics = fc.record({
    tau: fc.double({ min: 1e-3, max: 0.1, noNaN: true }),
    tauSynapse: fc.double({ min: 1e-3, max: 0.1, noNaN: true }),
    threshold: fc.constant(1),
  });
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  test('solves its equation', () => {
    fc.assert(
      fc.property(dynamics, between(-2, 1), between(-3, 9), between(1e-4, 0.05), (of, v, i, s) => {
        // many small steps of Heun's method
        let [x, y] = [v, i];
        const n = 4000;
        const h = s / n;
        for (let k = 0; k < n; k++) {
          const [dx, dy] = [(y - x) / of.tau, -y / of.tauSynapse];
          const [ex, ey] = [(y + h * dy - x - h * dx) / of.tau, -(y + h * dy) / of.tauSynapse];
          x += (h * (dx + ex)) / 2;
          y += (h * (dy + ey)) / 2;
        }
        const [membrane, current, coupling] = propagator(of, s);
        expect(Math.abs(v * membrane + i * coupling - x)).toBeLessThan(1e-3 * (1 + Math.abs(i)));
        expect(Math.abs(i * current - y)).toBeLessThan(1e-3 * (1 + Math.abs(i)));
      }),
      { numRuns: 50 },
    );
  });

  test('equal time constants are the limit of close ones', () => {
    const same = propagator({ tau: 0.01, tauSynapse: 0.01, threshold: 1 }, 0.007);
    const close = propagator({ tau: 0.01, tauSynapse: 0.01 * (1 + 1e-9), threshold: 1 }, 0.007);
    for (const k of [0, 1, 2]) expect(Math.abs(same[k] - close[k])).toBeLessThan(1e-8);
    expect(same[2]).toBeCloseTo(0.7 * Math.exp(-0.7), 14);
  });

  test('the first crossing is where the membrane meets the threshold, and there is none before', () => {
    fc.assert(
      fc.property(dynamics, between(-2, 0.99), between(0, 12), (of, v, i) => {
        const limit = 0.1;
        const s = timeToSpike(of, v, i, limit);
        const at = (x: number): number => v * propagator(of, x)[0] + i * propagator(of, x)[2];
        if (s < Infinity) expect(Math.abs(at(s) - 1)).toBeLessThan(1e-12);
        const end = Math.min(s, limit);
        for (let k = 1; k < 200; k++) expect(at((end * k) / 200)).toBeLessThan(1 + 1e-12);
      }),
      { numRuns: 300 },
    );
  });
});

/** A network whose neurons fire a few times, on the reference backend in doubles. */
function small(network: Layer, [steps, batch, inputs, classes]: readonly number[], seed: number, scale: number): Problem {
  const b = reference();
  const key = randomKey(seed);
  const first = network.init(b, key) as { layers: readonly unknown[] };
  let drawn = 0;
  const draw = (x: { shape: readonly number[] }) => b.fromData(normal(stream(key, `w${drawn++}`), sizeOf(x.shape), scale, scale), x.shape);
  type Raw = { weight: { shape: readonly number[] }; inner?: null } | null;
  const layers = (first.layers as readonly Raw[]).map((raw, i) => {
    if (raw === null) return null;
    // recurrent weights inhibit
    return 'inner' in raw ? { inner: null, weight: b.mul(draw(raw.weight), -0.2) } : { weight: b.mul(draw(raw.weight), i === 0 ? 1 : 0.5) };
  });
  const spikes = Float64Array.from(normal(stream(key, 'x'), steps * batch * inputs), (x) => (x > 0.8 ? 1 : 0));
  return {
    b,
    network,
    key,
    parameters: { layers } as Problem['parameters'],
    inputs: b.fromData(spikes, [steps, batch, inputs]),
    labels: b.fromData(
      Int32Array.from({ length: batch }, (_, i) => i % classes),
      [batch],
    ),
  };
}

/** The loss with one number of one weight moved. */
async function moved(p: Problem, path: string, index: number, by: number, loss: Loss): Promise<{ loss: number; spikes: number }> {
  const { b } = p;
  const layers = (p.parameters as { layers: readonly ({ weight: Parameters<typeof b.readSync>[0] } | null)[] }).layers.map((layer, i) => {
    if (layer === null || `layers[${i}].weight` !== path) return layer;
    const values = Float64Array.from(b.readSync(layer.weight));
    values[index] += by;
    return { ...layer, weight: b.fromData(values, layer.weight.shape) };
  });
  return byRule({ ...p, parameters: { layers } as Problem['parameters'] }, eventprop(), loss);
}

/** Compare gradients with central differences; returns how many were compared. */
async function compare(p: Problem, gradients: Numbers, spikes: number, loss: Loss): Promise<number> {
  const h = 1e-6;
  let compared = 0;
  for (const [path, values] of Object.entries(gradients)) {
    for (let i = 0; i < values.length; i += Math.max(1, Math.floor(values.length / 6))) {
      const [up, down] = [await moved(p, path, i, h, loss), await moved(p, path, i, -h, loss)];
      // where a spike appears or disappears there is no derivative
      if (up.spikes !== spikes || down.spikes !== spikes) continue;
      const difference = (up.loss - down.loss) / (2 * h);
      expect([path, i, Math.abs(values[i] - difference) < 1e-6 * Math.max(1, Math.abs(difference))]).toEqual([path, i, true]);
      if (Math.abs(difference) > 1e-6) compared++;
    }
  }
  return compared;
}

const networks: Readonly<Record<string, () => Layer>> = {
  'one layer and a readout': () => sequential(linear(5, 4, bare), lif(4), linear(4, 3, bare), li(3, { tau: 20e-3 })),
  'equal time constants': () =>
    sequential(linear(5, 4, bare), lif(4, { tau: 8e-3, tauSynapse: 8e-3 }), linear(4, 3, bare), leakyReadout(3)),
  'two layers': () => sequential(linear(5, 4, bare), lif(4), linear(4, 4, bare), lif(4, { threshold: 0.7 }), linear(4, 3, bare), li(3)),
  recurrent: () => sequential(linear(5, 4, bare), recurrent(lif(4)), linear(4, 3, bare), li(3)),
  'recurrent with autapses': () => sequential(linear(5, 4, bare), recurrent(lif(4), { autapses: true }), linear(4, 3, bare), li(3)),
};

describe('gradients are finite differences', () => {
  for (const [name, network] of Object.entries(networks)) {
    for (const loss of [crossEntropyOverTime(), crossEntropyOfMaximum()]) {
      test(`of membranes: ${name}, ${loss.name}`, async () => {
        let compared = 0;
        for (const seed of [1, 2, 3]) {
          const p = small(network(), [20, 2, 5, 3], seed, 1.2);
          const { gradients, spikes } = await byRule(p, eventprop(), loss);
          expect(spikes).toBeGreaterThan(8);
          compared += await compare(p, gradients, spikes, loss);
        }
        expect(compared).toBeGreaterThan(20);
      });
    }
  }

  for (const [name, network] of Object.entries({
    'one layer': () => sequential(linear(5, 3, bare), lif(3)),
    'two layers': () => sequential(linear(5, 4, bare), lif(4), linear(4, 3, bare), lif(3, { threshold: 0.5 })),
    recurrent: () => sequential(linear(5, 4, bare), recurrent(lif(4)), linear(4, 3, bare), recurrent(lif(3, { threshold: 0.5 }))),
  })) {
    test(`of the first spikes' times: ${name}`, async () => {
      let compared = 0;
      for (const seed of [1, 2, 3, 4]) {
        const p = small(network(), [20, 2, 5, 3], seed, 1.2);
        const { gradients, spikes } = await byRule(p, eventprop(), crossEntropyOverTime());
        compared += await compare(p, gradients, spikes, crossEntropyOverTime());
      }
      expect(compared).toBeGreaterThan(15);
    });
  }
});

describe('wake', () => {
  // the first input reaches the first neuron, the second the second; each is silent in one of two samples, the third in both
  const weights = [
    [
      [9, 0, 0.1],
      [0, 9, 0.1],
    ],
    [
      [9, 0],
      [0, 9],
      [0, 0],
    ],
  ];
  const gradientsOf = async (wake: number, last: Layer): Promise<Numbers> => {
    const b = reference();
    const network = sequential(linear(2, 3, bare), lif(3), linear(3, 2, bare), last);
    const [first, second] = weights.map((rows) => ({ weight: b.fromData(rows.flat(), [rows.length, rows[0].length]) }));
    const inputs = new Float64Array(10 * 2 * 2);
    inputs[0] = 1;
    inputs[3] = 1;
    const p: Problem = {
      b,
      network,
      parameters: { layers: [first, null, second, null] } as Problem['parameters'],
      key: randomKey(0),
      inputs: b.fromData(inputs, [10, 2, 2]),
      labels: b.fromData([0, 1], [2]),
    };
    return (await byRule(p, eventprop({ wake }), crossEntropyOverTime())).gradients;
  };
  const raised = async (last: () => Layer): Promise<readonly (readonly number[])[]> => {
    const [without, woken] = [await gradientsOf(0, last()), await gradientsOf(0.25, last())];
    return ['layers[0].weight', 'layers[2].weight'].map((path) => without[path].map((g, i) => g - woken[path][i]));
  };

  test('raises hidden neurons that no sample makes fire, and outputs by the share of samples that do not', async () => {
    const eighth = 0.25 / 2;
    expect(await raised(() => lif(2))).toEqual([
      [0, 0, 0.25, 0, 0, 0.25],
      [eighth, eighth, eighth, eighth, eighth, eighth],
    ]);
  });

  test('leaves a readout that does not fire', async () => {
    expect(await raised(() => li(2))).toEqual([
      [0, 0, 0.25, 0, 0, 0.25],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  test('is a finite number from 0 on', () => {
    for (const wake of [-1, Number.NaN, Infinity])
      expect(() => eventprop({ wake })).toThrow(`wake must be a finite number from 0 on, but is ${wake}`);
  });
});

test('steps come to the exact membranes as they get shorter', async () => {
  const p = small(networks.recurrent(), [20, 1, 5, 3], 1, 1.2);
  const { b } = p;
  const layers = await eventLayers(b, p.network, prepared(b, p.network, p.parameters).used, p.parameters, 1e-3);
  const exact = simulate(layers, Float64Array.from(b.readSync(p.inputs)), 20, 1e-3);
  const error = (parts: number): number => {
    const dt = 1e-3 / parts;
    const fine = sequential(linear(5, 4, bare), recurrent(lif(4, { dt })), linear(4, 3, bare), li(3, { dt }));
    const x = new Float64Array(20 * parts * 5);
    const given = b.readSync(p.inputs);
    for (let t = 0; t < 20; t++) for (let k = 0; k < 5; k++) x[t * parts * 5 + k] = given[t * 5 + k];
    const { outputs } = run(b, fine, p.parameters, b.fromData(x, [20 * parts, 1, 5]));
    const y = b.readSync(outputs);
    let worst = 0;
    for (let t = 0; t < 20; t++)
      for (let n = 0; n < 3; n++) worst = Math.max(worst, Math.abs(y[((t + 1) * parts - 1) * 3 + n] - exact.membranes[t * 3 + n]));
    return worst;
  };
  const [coarse, fine] = [error(10), error(160)];
  expect(fine).toBeLessThan(coarse / 4);
  expect(fine).toBeLessThan(0.02);
});

describe('refuses', () => {
  test.each([
    ['a constant', sequential(linear(5, 4), lif(4)), 'adds a constant in every step'],
    ['no neurons', sequential(linear(5, 4, bare)), 'there are no neurons'],
    ['a readout in the middle', sequential(linear(5, 4, bare), li(4), linear(4, 3, bare), li(3)), "layers[1] is 'li'"],
    ['a leak', sequential(linear(5, 4, bare), lif(4, { leak: 0.1 })), "'leak' other than 0"],
    ['steps of another length', sequential(linear(5, 2, bare), lif(2, { dt: 5e-4 })), 'takes other steps than dt = 0.001 s'],
    ['recurrent steps of another length', sequential(linear(5, 2, bare), recurrent(lif(2, { dt: 2e-3 }))), 'takes other steps than dt'],
    ['parameters per neuron', sequential(linear(5, 2, bare), lif(2, { tau: [1e-3, 2e-3] })), 'for each neuron'],
  ] as const)('%s', async (_, network, message) => {
    const b = reference();
    const parameters = network.init(b, randomKey(0));
    const p = {
      b,
      network,
      parameters,
      key: randomKey(0),
      inputs: b.fromData(new Float64Array(10), [2, 1, 5]),
      labels: b.fromData([0], [1]),
    };
    await expect(byRule(p, eventprop(), crossEntropyOverTime())).rejects.toThrow(message);
  });

  test('regularisers and steps of no length', async () => {
    const p = small(networks.recurrent(), [5, 1, 5, 3], 1, 1.2);
    await expect(byRule(p, eventprop(), crossEntropyOverTime(), [rateAbove(0.1, 1)])).rejects.toThrow(
      'regularisers of activity cannot work',
    );
    expect(() => eventprop({ dt: 0 })).toThrow('dt must be a finite number of seconds above 0, but is 0');
  });

  test('excitation without bound', () => {
    const dynamics = { tau: 1e-2, tauSynapse: 1e-2, threshold: 1 };
    const handles = { weight: { shape: [], dtype: 'float32' }, recurrent: null } as const;
    const layer = {
      dynamics,
      inputs: 1,
      size: 1,
      weight: Float64Array.of(100),
      recurrent: Float64Array.of(1e3),
      path: 'layers[1]',
      handles,
    };
    expect(() => simulate([layer], Float64Array.of(1, 0, 0), 3, 1e-3)).toThrow('excite without bound');
  });
});

describe('fit', () => {
  /** Of six inputs three fire, at random times in the first ten steps: which ones is the class. */
  const halves: Dataset = {
    size: 32,
    batch(indices, key) {
      const [steps, count] = [25, indices.length];
      const labels = Int32Array.from(indices, (i) => i % 2);
      const times = uniform(key, count * 3, 0, 10);
      const inputs = new Float32Array(steps * count * 6);
      for (let s = 0; s < count; s++)
        for (let k = 0; k < 3; k++) inputs[(Math.floor(times[s * 3 + k]) * count + s) * 6 + labels[s] * 3 + k] = 1;
      return { inputs, shape: [steps, count, 6], labels };
    },
  };

  for (const [name, network, loss] of [
    // the class's neuron is to fire in step 8, the other not within the 25
    [
      'to fire first',
      sequential(linear(6, 20, bare), lif(20), linear(20, 2, bare), lif(2)),
      meanSquaredErrorOverTime({ correct: -8, incorrect: -25 }),
    ],
    ['the larger membrane', sequential(linear(6, 20, bare), lif(20), linear(20, 2, bare), li(2)), crossEntropyOfMaximum()],
  ] as const) {
    test(`learns ${name}`, async () => {
      const backend = plainCpu();
      const model = await createModel(network, { backend, seed: 3 });
      const { layers } = model.parameters as { layers: readonly ({ weight: Parameters<typeof backend.readSync>[0] } | null)[] };
      // excitation, so that neurons fire
      const excited = layers.map((x) => x && { weight: backend.add(backend.mul(x.weight, 4), x.weight.shape[0] === 6 ? 2 : 0.4) });
      model.replace({ layers: excited });
      const before = backend.memory();
      const options = { loss, optimizer: adam(0.01), epochs: 40, batchSize: 16, gradient: eventprop() };
      const result = await fit(model, halves, options);
      expect(backend.memory()).toEqual(before);
      expect(result.accuracy).toBeGreaterThan(0.95);
      expect(result.loss).toBeLessThan(result.history[0].loss / 2);
    });
  }
});
