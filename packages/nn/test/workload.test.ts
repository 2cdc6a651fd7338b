// What networks cost, against counts by hand and NeuroBench's definitions.
import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import {
  conv2d,
  createModel,
  ENERGY_45NM,
  energy,
  flatten,
  integrateAndFire,
  type Layer,
  leaky,
  lif,
  linear,
  type Model,
  recurrent,
  sconv2dLstm,
  sequential,
  slstm,
  staticMetrics,
  workload,
} from '../src/index.ts';

const b = plainCpu();

/** A model of `layer` with `weights` in place of its own. */
async function weighted(layer: Layer, weights: Record<string, readonly [readonly number[], readonly number[]]>): Promise<Model> {
  const model = await createModel(layer, { backend: b });
  model.replace(Object.fromEntries(Object.entries(weights).map(([name, [data, shape]]) => [name, b.fromData(data, shape)])));
  return model as unknown as Model;
}

test('an input counts once per weight that is not 0, and spikes count as accumulates', async () => {
  // NeuroBench's example: nine weights, of which four are met by an input that is not 0
  const model = await weighted(linear(3, 3, { bias: false }), {
    weight: [
      [1, 0, 2, 0, 3, 0, 4, 5, 0],
      [3, 3],
    ],
  });
  const counted = await workload(model, { data: [1, 0, -1, 0, 0, 0, 0.5, 0, 1], shape: [3, 1, 3] });
  // step 1: 2 + 2 accumulates, step 2: none, step 3: 2 + 2 multiply-accumulates
  expect(counted.synapticOperations).toEqual({ effectiveAcs: 4, effectiveMacs: 4, dense: 27 });
  expect(counted.synapticOperationsOf).toEqual({ linear: { effectiveAcs: 4, effectiveMacs: 4, dense: 27 } });
  expect(counted).toMatchObject({ activationSparsity: null, membraneUpdates: 0, spikesPerSample: 0 });
});

test('one graded input makes all operations of a layer in that step multiply-accumulates, whatever the sample', async () => {
  const model = await weighted(linear(1, 2, { bias: false }), {
    weight: [
      [1, 1],
      [1, 2],
    ],
  });
  const counted = await workload(model, { data: [1, 0.5], shape: [1, 2, 1] });
  expect(counted.synapticOperations).toEqual({ effectiveAcs: 0, effectiveMacs: 2, dense: 2 });
});

test('sparsity and membranes of two integrate-and-fire neurons', async () => {
  const model = await createModel(integrateAndFire(2), { backend: b });
  // neuron 0: u = 0.5, 1.25 (fires, v = 0.25), 0.25; neuron 1 stays at 0
  const counted = await workload(model, { data: [0.5, 0, 0.75, 0, 0, 0], shape: [3, 1, 2] });
  expect(counted.activationSparsity).toBe(5 / 6);
  expect(counted.spikesPerSample).toBe(1);
  // the first step counts both, the second neuron 0 only, the third none
  expect(counted.membraneUpdates).toBe(3);
  expect(counted.membraneUpdatesOf).toEqual({ integrateAndFire: 3 });
});

test('what lies beyond the border of an image is no operation', async () => {
  const model = await createModel(sequential(conv2d(1, 2, 3, { padding: 1 }), flatten(), linear(18, 1)), { backend: b });
  const of = async (data: number[]) => (await workload(model, { data, shape: [1, 1, 1, 3, 3] })).synapticOperationsOf['layers[0]'];
  // 3 x 3 places see 4, 6 or 9 pixels: 49 for each of two channels
  expect(await of([0, 0, 0, 0, 1, 0, 0, 0, 0])).toEqual({ effectiveAcs: 18, effectiveMacs: 0, dense: 98 });
  expect(await of([0.5, 0, 0, 0, 0, 0, 0, 0, 0])).toEqual({ effectiveAcs: 0, effectiveMacs: 8, dense: 98 });
  // inputs that are all there cost what is dense
  expect(await of(new Array<number>(9).fill(1))).toMatchObject({ effectiveAcs: 98 });
});

test.each<readonly [string, Layer, readonly number[]]>([
  ['conv2d with stride', conv2d(2, 3, 2, { stride: 2, padding: 1 }), [2, 5, 4]],
  ['slstm', slstm(3, 4), [3]],
  ['sconv2dLstm', sconv2dLstm(2, 3, 3), [2, 4, 5]],
])('%s: inputs and weights that are all there cost what is dense', async (_, layer, shape) => {
  const model = await createModel(layer, { backend: b, seed: 4 });
  const size = shape.reduce((n, m) => n * m);
  const { synapticOperations } = await workload(model, { data: new Float32Array(2 * 3 * size).fill(1), shape: [2, 3, ...shape] });
  expect(synapticOperations.effectiveAcs).toBe(synapticOperations.dense);
  expect(synapticOperations.dense).toBeGreaterThan(0);
});

test('recurrent synapses see spikes one step later, and have no autapses', async () => {
  const model = await createModel(recurrent(lif(5)), { backend: b });
  const counted = await workload(model, { data: new Float32Array(15).fill(50), shape: [3, 1, 5] });
  expect(counted.synapticOperations).toEqual({ effectiveAcs: 2 * 5 * 4, effectiveMacs: 0, dense: 3 * 20 });
  expect(Object.keys(counted.membraneUpdatesOf)).toEqual(['recurrent lif']);
});

test('synapses within a loop count, at their own path; those of one path cannot be told apart', async () => {
  const model = await createModel(sequential(linear(2, 3), recurrent(sequential(linear(3, 3), lif(3)))), { backend: b });
  const inputs = { data: [1, 1, 1, 0, 0, 1], shape: [3, 1, 2] };
  const { synapticOperationsOf, membraneUpdatesOf } = await workload(model, inputs);
  expect(Object.keys(synapticOperationsOf)).toEqual(['layers[0]', 'layers[1]', 'layers[1].layers[0]']);
  expect(synapticOperationsOf['layers[1].layers[0]'].effectiveMacs).toBe(27);
  expect(Object.keys(membraneUpdatesOf)).toEqual(['layers[1].layers[1]']);
  await expect(createModel(recurrent(slstm(2, 2)), { backend: b }).then((of) => workload(of, inputs))).rejects.toThrow('told apart');
});

test('static metrics: numbers, bytes, weights that are 0, dense operations', async () => {
  const model = await weighted(linear(2, 3), {
    weight: [
      [0, 1, 0, 0, 2, 3],
      [2, 3],
    ],
    bias: [[0, 0, 0], [3]],
  });
  expect(await staticMetrics(model)).toEqual({ parameters: 9, footprint: 36, connectionSparsity: 0.5, dense: 6 });
  const image = await createModel(sequential(conv2d(1, 2, 3), leaky([2, 2, 2])), { backend: b });
  expect(await staticMetrics(image)).toMatchObject({ footprint: null, dense: null });
  expect(await staticMetrics(image, { inputShape: [1, 4, 4] })).toEqual({
    parameters: 20,
    footprint: 4 * 28,
    connectionSparsity: 0,
    dense: 72,
  });
  const neurons = await createModel(leaky(3), { backend: b });
  expect(await staticMetrics(neurons)).toEqual({ parameters: 0, footprint: 12, connectionSparsity: null, dense: 0 });
});

test('energy is operations times constants, which say where they are from', () => {
  expect(energy({ effectiveMacs: 2, effectiveAcs: 10, dense: 100 })).toBeCloseTo(18.2e-12, 25);
  expect(energy({ effectiveMacs: 2, effectiveAcs: 10, dense: 100 }, { mac: 1, ac: 3, source: 'here' })).toBe(32);
  expect(ENERGY_45NM.source).toContain('Horowitz');
});

test('inputs without batch are refused, and nothing stays in memory', async () => {
  const model = await createModel(sequential(linear(2, 3), lif(3)), { backend: b });
  await expect(workload(model, { data: [1, 2], shape: [2] })).rejects.toThrow('[T, B, ...]');
  const before = b.memory();
  await workload(model, { data: [1, 0, 0, 1], shape: [2, 1, 2] });
  await staticMetrics(model);
  expect(b.memory()).toEqual(before);
});
