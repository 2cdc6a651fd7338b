// What modules of norse, snnTorch and rnnbuilder do: one step, recurrent cells, recorded and trained states, feedback, graded spikes, inhibition,
// quantised membranes, parameters per channel, compartments, the convolutional spiking LSTM.
import { readFileSync } from 'node:fs';
import { autodiff, gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { type CpuTensor, cpu, plainCpu } from '@snn/backend-cpu';
import { plan } from '@snn/compile';
import {
  at,
  type Backend,
  mean,
  normal,
  quantizationLevels,
  randomKey,
  sizeOf,
  square,
  stateQuantization,
  type TensorMeta,
  type Tree,
  treeLeaves,
} from '@snn/core';
import {
  LEAKY_RNNBUILDER,
  LEAKY_SNNTORCH,
  LIF_NORSE,
  leaky as leakyModel,
  lif as lifModel,
  noReset,
  recurrentLeaky,
  synaptic as synapticModel,
} from '@snn/neurons-lif';
import { spike, triangle } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import {
  adam,
  conv2d,
  createModel,
  crossEntropyOverTime,
  feedback,
  fit,
  gradedSpikes,
  type Layer,
  leaky,
  leakyReadout,
  learnable,
  li,
  liBox,
  lif,
  linear,
  meanSquaredErrorOverTime,
  modified,
  multiCompartmentLif,
  neuron,
  placeholder,
  prepare,
  recurrent,
  recurrentCell,
  run,
  sconv2dLstm,
  sequential,
  stepOnce,
} from '../src/index.ts';

const b = plainCpu();
const read = (x: CpuTensor): number[] => [...b.readSync(x)];
const draw = (shape: readonly number[], mean = 0, deviation = 2, seed = 5): CpuTensor =>
  b.fromData(normal(randomKey(seed), sizeOf(shape), mean, deviation), shape);

/** Compiled and step by step give the same bits. */
async function sameCompiled(network: () => Layer, shape: readonly number[]): Promise<Float32Array> {
  const backend = await cpu();
  const [fast, slow] = await Promise.all([true, false].map((compile) => createModel(network(), { backend, seed: 3, compile })));
  const inputs = { data: normal(randomKey(8), sizeOf(shape), 1, 2), shape };
  const [a, c] = [await fast.predict(inputs), await slow.predict(inputs)];
  expect(a.data).toEqual(c.data);
  expect(fast.executedBy).toMatch(/^WebAssembly SIMD/);
  return a.data;
}

/** Gradients of the mean square of the outputs agree with finite differences. */
function rightGradients(network: Layer, shape: readonly number[]): void {
  const on = reference();
  const data = normal(randomKey(5), sizeOf(shape));
  const f = <U extends TensorMeta>(c: Backend<U>, p: unknown): U =>
    c.reshape(mean(c, square(c, run(c, network, p as Tree<U>, c.fromData(data, shape)).outputs)), []);
  const result = gradcheck(on, f as never, network.init(on, randomKey(1)) as never);
  expect(result.derivative).not.toBe(0);
  expect(result).toMatchObject({ ok: true });
}

describe('cells', () => {
  test('one step after the other is the run', async () => {
    const network = sequential(linear(3, 4), lif(4));
    const parameters = network.init(b, randomKey(1)) as Tree<CpuTensor>;
    const x = draw([6, 2, 3], 3);
    const whole = run(b, network, parameters, x);
    let state: Tree<CpuTensor> | undefined;
    for (let t = 0; t < 6; t++) {
      const once = stepOnce(b, network, parameters, at(b, x, t), state === undefined ? {} : { state });
      state = once.state;
      expect(read(once.output)).toEqual(read(at(b, whole.outputs, t)));
    }
    const model = await createModel(network, { backend: b, seed: 1 });
    const first = model.step(at(b, x, 0));
    const second = model.step(at(b, x, 1), first.state);
    expect(second.output.shape).toEqual([2, 4]);
    expect(() => model.step(b.fromData(new Float32Array(9), [3, 3]), first.state)).toThrow('a state belongs to its batch');
  });

  test('a recurrent cell has the weights of norse, and its step', () => {
    const cell = recurrentCell(30, lif(40, LIF_NORSE));
    const raw = cell.init(b, randomKey(2)) as { layers: [{ weight: CpuTensor }, { weight: CpuTensor; inner: null }] };
    const deviation = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, y) => sum + y * y, 0) / x.length);
    for (const weight of [raw.layers[0].weight, raw.layers[1].weight])
      expect(deviation(read(weight)) / Math.sqrt(2 / 40)).toBeCloseTo(1, 1);
    expect(treeLeaves(raw).map(({ path }) => path)).toEqual(['layers[0].weight', 'layers[1].weight']);
    const x = draw([8, 2, 30], 0.3, 1);
    const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0 };
    let state = lifModel.initialState(b, parameters, [2, 40], LIF_NORSE);
    let z = b.fromData(new Float32Array(80), [2, 40]);
    const masked = b.fromData(
      read(raw.layers[1].weight).map((w, i) => (i % 41 === 0 ? 0 : w)),
      [40, 40],
    );
    const { outputs } = run<CpuTensor>(b, cell, raw, x);
    for (let t = 0; t < 8; t++) {
      const input = b.add(b.matmul(at(b, x, t), raw.layers[0].weight), b.matmul(z, masked));
      [z, state] = lifModel.step(b, parameters, state, input, LIF_NORSE);
      expect(read(at(b, outputs, t))).toEqual(read(z));
    }
    expect(read(outputs)).toContain(1);
    expect(cell.outputShape([30])).toEqual([40]);
    expect(() => recurrentCell(3, lif([2, 2, 2]))).toThrow("recurrentCell: 'lif' must be neurons in a row");
  });

  test('recorded states are those after every step', () => {
    const network = sequential(linear(3, 4), lif(4), li(4));
    const parameters = network.init(b, randomKey(1)) as Tree<CpuTensor>;
    const x = draw([6, 2, 3], 3);
    const { states, state } = run(b, network, parameters, x, { recordStates: true });
    const all = treeLeaves<CpuTensor>(states);
    expect(all.map(({ path, value }) => `${path} ${value.shape}`)).toEqual([
      'layers[1].v 6,2,4',
      'layers[1].i 6,2,4',
      'layers[2].v 6,2,4',
      'layers[2].i 6,2,4',
    ]);
    for (const [i, { value }] of treeLeaves<CpuTensor>(state).entries()) expect(read(at(b, all[i].value, 5))).toEqual(read(value));
    const half = run(b, network, parameters, b.slice(x, [0, 0, 0], [3, 2, 3]));
    for (const [i, { value }] of treeLeaves<CpuTensor>(half.state).entries()) expect(read(at(b, all[i].value, 2))).toEqual(read(value));
    expect(run(b, network, parameters, x)).not.toHaveProperty('states');
    // integrate-and-fire and stateless networks record, too
    expect(run(b, linear(3, 2), linear(3, 2).init(b, randomKey(1)) as Tree<CpuTensor>, x, { recordStates: true }).states).toBe(null);
    expect(() => run(b, network, parameters, x, { recordStates: true, compiled: {} as never })).toThrow(
      'a compiled run keeps the last state only',
    );
  });
});

describe('initial states', () => {
  test('given, per neuron, and trained', async () => {
    const layer = liBox(2, { initial: { v: [0.5, -1] }, leak: 0 });
    const start = layer.initialState(b, layer.prepare?.(b, null) ?? null, [3, 2], { training: false, key: null, path: '' });
    expect(read((start as { v: CpuTensor }).v)).toEqual([0.5, -1, 0.5, -1, 0.5, -1]);
    // norse: v begins at leak, which the model does by itself
    const rested = liBox(1, { leak: -0.25 });
    const atRest = rested.initialState(b, rested.prepare?.(b, null) ?? null, [1, 1], { training: false, key: null, path: '' });
    expect(read((atRest as { v: CpuTensor }).v)).toEqual([-0.25]);
    const trained = sequential(linear(3, 4), liBox(4, { initial: { v: learnable([1, 2, 3, 4]) } }));
    expect(treeLeaves(trained.init(b, randomKey(1))).map(({ path }) => path)).toContain('layers[1].initial.v');
    rightGradients(trained, [4, 2, 3]);
    await sameCompiled(() => trained, [6, 2, 3]);
  });

  test('refusals', () => {
    expect(() => lif(2, { initial: { w: 1 } } as never)).toThrow("lif: initial: there is no state 'w'; states are v, i.");
    expect(() => lif(2, { initial: { v: [1, 2, 3] } })).toThrow('lif: initial.v: 3 values came for 2 neurons');
  });

  test('training moves them, compiled or not', async () => {
    const network = liBox(2, { initial: { v: learnable(0, { perNeuron: true }) } });
    const data = {
      size: 4,
      batch: (indices: ArrayLike<number>) => ({
        inputs: new Float32Array(3 * indices.length * 2),
        shape: [3, indices.length, 2],
        labels: new Int32Array(indices.length),
      }),
    };
    const results = [];
    for (const compile of [true, false]) {
      const model = await createModel(network, { backend: await cpu(), seed: 1, compile });
      await fit(model, data, { loss: meanSquaredErrorOverTime(), optimizer: adam(0.1), epochs: 30, batchSize: 4 });
      results.push([...((await model.backend.read((model.parameters as { initial: { v: CpuTensor } }).initial.v)) as Float32Array)]);
    }
    for (const [v0, v1] of results) {
      expect(v0).toBeGreaterThan(0.8);
      expect(Math.abs(v1)).toBeLessThan(0.1);
    }
    expect(results[0]).toEqual(results[1]);
  });
});

describe('feedback', () => {
  test('from a layer to itself is what recurrent is', () => {
    const inner = leaky(4);
    const loop = recurrent(inner, { autapses: true });
    const raw = loop.init(b, randomKey(2)) as { inner: null; weight: CpuTensor };
    const place = placeholder(4);
    const cycle = feedback([place], sequential(recurrentSum(place, 4), place.write(inner)));
    const x = draw([8, 2, 4], 1);
    const parameters = { layers: [{ weight: raw.weight }, null] };
    expect(read(run<CpuTensor>(b, cycle, parameters, x).outputs)).toEqual(read(run<CpuTensor>(b, loop, raw, x).outputs));
  });

  test('over several layers: values, gradients, compiled', async () => {
    const network = (neurons: (n: number) => Layer): Layer => {
      const memory = placeholder([4]);
      return sequential(
        linear(3, 5),
        feedback([memory], sequential(memory.read('concat'), linear(9, 6), neurons(6), linear(6, 4), memory.write(neurons(4)))),
        linear(4, 2),
        leakyReadout(2),
      );
    };
    rightGradients(network(liBox), [5, 2, 3]);
    await sameCompiled(() => network((n) => lif(n)), [12, 2, 3]);
    const layer = network(liBox);
    const parameters = layer.init(b, randomKey(1)) as Tree<CpuTensor>;
    const x = draw([8, 2, 3]);
    const whole = run(b, layer, parameters, x);
    const first = run(b, layer, parameters, b.slice(x, [0, 0, 0], [5, 2, 3]));
    const second = run(b, layer, parameters, b.slice(x, [5, 0, 0], [3, 2, 3]), { state: first.state });
    expect([...read(first.outputs), ...read(second.outputs)]).toEqual(read(whole.outputs));
  });

  test('two placeholders whose cycles cross', async () => {
    const network = (): Layer => {
      const [p, q] = [placeholder(3), placeholder(3)];
      return feedback([p, q], sequential(p.read('add'), p.write(liBox(3)), q.read('add'), q.write(liBox(3))));
    };
    await sameCompiled(network, [7, 2, 3]);
    // by hand: v1 = leaky(x + v1'), out = leaky(v1 + out')
    const x = draw([3, 1, 3]);
    const { outputs } = run<CpuTensor>(b, network(), { layers: [null, null, null, null] }, x);
    const box = liBox(3);
    const used = box.prepare?.(b, null) ?? null;
    const context = { training: false, key: null, path: '' };
    let [s1, s2] = [box.initialState(b, used, [1, 3], context), box.initialState(b, used, [1, 3], context)];
    let [o1, o2] = [b.fromData([0, 0, 0], [1, 3]), b.fromData([0, 0, 0], [1, 3])];
    for (let t = 0; t < 3; t++) {
      [o1, s1] = box.step(b, used, s1, b.add(at(b, x, t), o1), context);
      [o2, s2] = box.step(b, used, s2, b.add(o1, o2), context);
      expect(read(at(b, outputs, t))).toEqual(read(o2));
    }
  });

  test('trains compiled as step by step, is summed up, and keeps its batch', async () => {
    const network = (): Layer => {
      const memory = placeholder(4);
      const loop = sequential(memory.read('concat'), linear(7, 4), memory.write(leaky(4, { surrogate: triangle({ width: 2 }) })));
      return sequential(feedback([memory], loop), linear(4, 2), leakyReadout(2));
    };
    const data = {
      size: 16,
      batch(indices: ArrayLike<number>) {
        const labels = Int32Array.from(indices, (i) => i % 2);
        const [steps, batch] = [6, labels.length];
        const inputs = Float32Array.from({ length: steps * batch * 3 }, (_, i) => labels[Math.floor(i / 3) % batch] * (i % 3));
        return { inputs, shape: [steps, batch, 3], labels };
      },
    };
    const trained: number[][] = [];
    for (const compile of [true, false]) {
      const model = await createModel(network(), { backend: await cpu(), seed: 2, compile });
      await fit(model, data, { loss: crossEntropyOverTime(), optimizer: adam(0.02), epochs: 3, batchSize: 8 });
      const leaves = treeLeaves<CpuTensor>(model.parameters).map(({ value }) => model.backend.read(value));
      trained.push((await Promise.all(leaves)).flatMap((x) => [...x]));
    }
    trained[0].forEach((x, i) => {
      expect(Math.abs(x - trained[1][i])).toBeLessThan(1e-5);
    });
    const model = await createModel(network(), { backend: b });
    expect(model.summary({ inputShape: [3] })).toContain('layers[0].layers[0]  placeholder concat  [T, B, 7]');
    const { state } = model.run(draw([2, 1, 3]));
    expect(() => model.run(draw([2, 2, 3]), { state })).toThrow('a state belongs to its batch');
  });

  test('only the cycle is unrolled in time', () => {
    const [I, H] = [3, 4];
    const place = placeholder(H);
    const network = sequential(
      linear(I, H, { bias: false }),
      feedback([place], sequential(recurrentSum(place, H), place.write(lif(H)))),
      linear(H, 2, { bias: false }),
    );
    const [first, loop, last] = [draw([I, H]), draw([H, H]), draw([H, 2])];
    const parameters = (w: Record<string, CpuTensor>): Tree<CpuTensor> => ({
      layers: [{ weight: w.first }, { layers: [{ weight: w.loop }, null] }, { weight: w.last }],
    });
    const used = prepare(b, network, parameters({ first, loop, last }));
    const context = { training: false, key: null, path: '' };
    const start = network.initialState(b, used, [2, I], context) as {
      layers: [null, { inner: { layers: [null, { v: CpuTensor; i: CpuTensor }] }; placeholders: CpuTensor[] }, null];
    };
    const { inner, placeholders } = start.layers[1];
    const step = (c: Backend<CpuTensor>, w: Record<string, CpuTensor>, s: Record<string, CpuTensor>, x: CpuTensor) => {
      const prepared = prepare(c, network, parameters(w));
      const state = { layers: [null, { inner: { layers: [null, { v: s.v, i: s.i }] }, placeholders: [s.z] }, null] };
      const [output, next] = network.step(c, prepared, state, x, context);
      const after = (next as typeof start).layers[1];
      return [output, { ...after.inner.layers[1], z: after.placeholders[0] }] as const;
    };
    const { forward } = plan(
      'loop',
      step as never,
      { first, loop, last },
      { ...inner.layers[1], z: placeholders[0] },
      { shape: [2, I], dtype: 'float32' },
    );
    const matmuls = forward.stages.map(
      ({ kind, nodes }) => `${kind} ${nodes.filter((n) => forward.program.nodes[n].op === 'matmul').length}`,
    );
    expect(matmuls.filter((stage) => !stage.endsWith(' 0'))).toEqual(['batched 1', 'scan 1', 'batched 1']);
  });

  test("rnnbuilder's network around a placeholder: outputs and gradients", () => {
    type Stored = { readonly shape: readonly number[]; readonly data: readonly number[] };
    const file = JSON.parse(
      readFileSync(new URL('../../../tooling/golden/vectors/rnnbuilder-network-placeholder-lif.json', import.meta.url), 'utf8'),
    ) as {
      readonly shapes: { readonly B: number; readonly input: number; readonly size: number };
      readonly params: { readonly tau: number; readonly gradient_factor: number };
      readonly inputs: { readonly x: Stored };
      readonly weights: { readonly weight: Stored; readonly bias: Stored };
      readonly initialState: { readonly initial_mem: Stored };
      readonly outputs: { readonly out: Stored };
      readonly loss: { readonly coefficients: { readonly out: Stored; readonly finalState: Readonly<Record<string, Stored>> } };
      readonly gradients: { readonly weights: { readonly weight: Stored }; readonly initialState: { readonly initial_mem: Stored } };
    };
    const { input, size } = file.shapes;
    const surrogate = triangle({ height: file.params.gradient_factor });
    const place = placeholder(size);
    const neurons = leaky(size, {
      ...LEAKY_RNNBUILDER,
      surrogate,
      beta: Math.exp(-1 / file.params.tau),
      initial: { v: learnable(file.initialState.initial_mem.data) },
    });
    const network = feedback([place], sequential(place.read('concat'), linear(input + size, size), place.write(neurons)), (on, state) => {
      const { v } = (state as unknown as { readonly layers: readonly { readonly v: TensorMeta }[] }).layers[2];
      return [spike(on, on.sub(v as never, 1), surrogate)];
    });
    const on = reference();
    const ad = autodiff(on);
    const load = ({ data, shape }: Stored) => on.fromData(data, shape);
    const weight = ad.variable(on.permute(load(file.weights.weight), [1, 0]));
    const v = ad.variable(load(file.initialState.initial_mem));
    const parameters = { layers: [null, { weight, bias: ad.constant(load(file.weights.bias)) }, { initial: { v } }] };
    const { outputs, state } = run(ad, network, parameters as never, ad.constant(load(file.inputs.x)));
    expect([...(ad.readSync?.(outputs as never) ?? [])]).toEqual(file.outputs.out.data);
    const last = state as {
      readonly inner: { readonly layers: readonly [null, null, { readonly v: typeof v }] };
      readonly placeholders: readonly (typeof v)[];
    };
    const { out, finalState } = file.loss.coefficients;
    expect(Object.keys(finalState)).toEqual(['mem']);
    const gradients = ad.backward([outputs as never, last.inner.layers[2].v], [load(out), load(finalState.mem)], [weight, v]);
    const wanted = [on.permute(load(file.gradients.weights.weight), [1, 0]), load(file.gradients.initialState.initial_mem)];
    for (const [i, gradient] of gradients.entries()) {
      const expected = [...on.readSync(wanted[i])];
      const found = [...on.readSync(gradient as never)];
      found.forEach((g, k) => {
        expect(Math.abs(g - expected[k])).toBeLessThan(1e-10);
      });
      expect(expected.some((g) => g !== 0)).toBe(true);
    }
  });

  test('refusals', () => {
    const place = placeholder(3);
    expect(() =>
      run(
        b,
        feedback([place], place.write(liBox(3)), () => []),
        null,
        draw([2, 1, 3]),
      ),
    ).toThrow('feedback: initial must give [1, 3], one for each placeholder');
    const x = draw([2, 1, 3]);
    expect(() => run(b, place.read('add'), null, x)).toThrow('belongs to no feedback around it');
    expect(() => run(b, feedback([place], place.read('add')), null, x)).toThrow('no layer writes placeholder 0');
    const twice = feedback([place], sequential(place.write(liBox(3)), place.write(liBox(3))));
    expect(() => run<CpuTensor>(b, twice, { layers: [null, null] }, x)).toThrow('more than one layer writes placeholder 0');
    expect(() => feedback([], liBox(3))).toThrow('needs at least one placeholder');
    expect(() => placeholder([])).toThrow('whole numbers of at least 1');
    expect(() => place.read('mul' as never)).toThrow("must be 'add' or 'concat'");
    expect(() => place.read('add').outputShape([4])).toThrow('inputs of [4] do not fit a placeholder of [3]');
    expect(() => place.write(liBox(4)).outputShape([4])).toThrow('sends [4] to a placeholder of [3]');
  });
});

/** The value of a placeholder through weights, added to the input: a layer of one's own. */
function recurrentSum(place: ReturnType<typeof placeholder>, count: number): Layer {
  const reader = place.read('add');
  return {
    name: 'sum',
    outputShape: () => [count],
    init: () => null,
    initialState: () => null,
    step: (on, parameters, state, input, context) => {
      const nothing = on.mul(input, 0);
      const [previous] = reader.step(on, null, null, nothing, context);
      return [on.add(input, on.matmul(previous, (parameters as { weight: typeof input }).weight)), state];
    },
  };
}

describe('graded spikes', () => {
  test('a factor for all, per channel, or drawn and trained', () => {
    const x = b.fromData([1, 0, 1, 1], [1, 2, 2]);
    expect(read(run(b, gradedSpikes(2, 1.5), null, x).outputs)).toEqual([1.5, 0, 1.5, 1.5]);
    const drawn = gradedSpikes(200);
    const factors = read((drawn.init(b, randomKey(3)) as { factor: CpuTensor }).factor);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...factors)).toBeLessThan(1.5);
    expect(factors.length).toBe(200);
    rightGradients(sequential(liBox(2), gradedSpikes(2)), [4, 1, 2]);
    rightGradients(sequential(liBox(2), gradedSpikes(2, learnable(2))), [4, 1, 2]);
    expect(() => gradedSpikes(2, [1, 2, 3])).toThrow('gradedSpikes: factor: 3 values came for 2 neurons');
    expect(() => gradedSpikes([])).toThrow('at least one axis');
  });
});

describe('modified membranes', () => {
  const x = draw([20, 3, 5], 0.5, 1);
  const ordinary = { immediate: {}, 'before-update': { resetTiming: 'before-update' }, 'after-update': LEAKY_SNNTORCH } as const;
  const fine = stateQuantization(quantizationLevels({ bits: 8, lower: 4, upper: 4 }));

  test.each(Object.entries(ordinary))('a quantiser that changes nothing leaves the model as it is (%s)', (_, options) => {
    const levels = { levels: [], apply: <T extends TensorMeta>(_on: Backend<T>, y: T): T => y };
    for (const resetMode of ['subtract', 'zero', 'none'] as const) {
      const given = { ...options, resetMode };
      for (const model of [leakyModel, synapticModel, recurrentLeaky] as const) {
        const plain = neuron(model as typeof leakyModel, 5, given);
        const other = neuron(modified(model as typeof leakyModel, { quantization: levels }), 5, given);
        expect(read(run(b, other, null, x).outputs)).toEqual(read(run(b, plain, null, x).outputs));
      }
    }
  });

  test.each(Object.entries(ordinary))('under inhibition one neuron of a sample fires, and only it is reset (%s)', (_, options) => {
    const layer = neuron(modified(leakyModel, { inhibition: true }), 5, { ...options, beta: 0.8 });
    const { outputs, states } = run(b, layer, null, x, { recordStates: true });
    const sums = read(b.sum(outputs, [2]));
    expect(Math.max(...sums)).toBe(1);
    expect(sums.filter((n) => n === 1).length).toBeGreaterThan(10);
    const plain = run(b, neuron(leakyModel, 5, { ...options, beta: 0.8 }), null, x);
    expect(Math.max(...read(b.sum(plain.outputs, [2])))).toBeGreaterThan(1);
    // losers keep membranes above the threshold
    expect(Math.max(...read((states as { v: CpuTensor }).v))).toBeGreaterThan(1);
  });

  test('quantised membranes lie on the levels', () => {
    const levels = quantizationLevels({ bits: 3 });
    const layer = neuron(modified(leakyModel, { quantization: stateQuantization(levels) }), 5, LEAKY_SNNTORCH);
    const { states } = run(b, layer, null, x, { recordStates: true });
    const near = (v: number): number => Math.min(...levels.map((level) => Math.abs(level - v)));
    expect(Math.max(...read((states as { v: CpuTensor }).v).map(near))).toBeLessThan(1e-6);
  });

  test('compiled as step by step', async () => {
    await sameCompiled(() => sequential(linear(4, 6), neuron(modified(leakyModel, { inhibition: true }), 6)), [9, 2, 4]);
    await sameCompiled(() => sequential(linear(4, 6), neuron(modified(synapticModel, { quantization: fine }), 6)), [9, 2, 4]);
  });

  test('refusals', () => {
    expect(() => modified(leakyModel, {})).toThrow('neither inhibition nor quantization was asked for');
    expect(() => modified(noReset as never, { inhibition: true })).toThrow('modified: noReset has no reset');
    expect(() => neuron(modified(leakyModel, { inhibition: true }), 2, { revokeReset: true })).toThrow('revokeReset');
  });
});

describe('images', () => {
  test('parameters per channel', async () => {
    const layer = leaky([2, 1, 2], { beta: [0, 0.5], threshold: 100 });
    const { states } = run(b, layer, null, b.fromData([1, 1, 1, 1, 1, 1, 1, 1], [2, 1, 2, 1, 2]), { recordStates: true });
    expect(read((states as { v: CpuTensor }).v)).toEqual([1, 1, 1, 1, 1, 1, 1.5, 1.5]);
    const trained = leaky([2, 3, 3], { beta: learnable([0.9, 0.8]), threshold: learnable(1, { perChannel: true }) });
    expect(treeLeaves<CpuTensor>(trained.init(b, randomKey(1))).map(({ path, value }) => `${path} ${value.shape}`)).toEqual([
      'beta 2,1,1',
      'threshold 2,1,1',
    ]);
    rightGradients(sequential(conv2d(1, 2, 3), liBox([2, 2, 2], { tau: learnable(0.01, { perChannel: true }) })), [3, 1, 1, 4, 4]);
    await sameCompiled(() => sequential(conv2d(1, 2, 3), leaky([2, 3, 3], { beta: learnable([0.9, 0.8]) })), [6, 2, 1, 5, 5]);
    expect(() => leaky([2, 3, 3], { beta: [1, 2, 3] })).toThrow('18 neurons in 2 channels; give one number, or one per neuron or channel');
    expect(() => leaky([2, 3, 3], { beta: learnable([0.1, 0.2], { perNeuron: true }) })).toThrow('2 values came for 18 neurons');
    expect(() => learnable(1, { perNeuron: true, perChannel: true })).toThrow('exclude each other');
  });

  test('the convolutional spiking LSTM', async () => {
    const network = (): Layer => sconv2dLstm(2, 3, 3, { threshold: 0.05, pool: 'max', poolSize: 2 });
    expect(network().outputShape([2, 6, 4])).toEqual([3, 3, 2]);
    const spikes = await sameCompiled(network, [7, 2, 2, 6, 4]);
    expect(spikes.length).toBe(7 * 2 * 3 * 3 * 2);
    expect([...spikes]).toContain(1);
    const raw = treeLeaves<CpuTensor>(sconv2dLstm(2, 3, 3, { threshold: learnable(0.1) }).init(b, randomKey(1)));
    expect(raw.map(({ path, value }) => `${path} ${value.shape}`)).toEqual(['weight 12,5,3,3', 'bias 12', 'threshold ']);
    expect(() => sconv2dLstm(2, 3, 2)).toThrow('must be odd');
    expect(() => sconv2dLstm(2, 3, 3, { threshold: 1 })).toThrow('threshold is 1');
    expect(() => sconv2dLstm(2, 3, 3, { colour: 1 } as object)).toThrow("there is no option 'colour'");
    expect(() => network().outputShape([1, 6, 4])).toThrow('takes images [B, 2, H, W]');
  });
});

test('compartments exchange charge', async () => {
  const rates = [
    [0, 50],
    [50, 0],
  ];
  const network = (): Layer => multiCompartmentLif(rates, { threshold: 100, tau: learnable(0.02) });
  await sameCompiled(network, [7, 2, 2]);
  const { states } = run(b, multiCompartmentLif(rates, { threshold: 100 }), null, b.fromData([5, 0, 5, 0, 5, 0], [3, 1, 2]), {
    recordStates: true,
  });
  expect(read((states as { v: CpuTensor }).v)[5]).toBeGreaterThan(0);
  expect(() =>
    multiCompartmentLif([
      [0, 1],
      [2, 0],
    ]),
  ).toThrow('a square table in which rates[m][n] is rates[n][m]');
});
