// Layers by themselves: values against hand-written loops, gradients against finite differences, messages.
import { gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { linear as affine, type Backend, mean, normal, randomKey, sizeOf, square, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import { expect, test } from 'vitest';
import {
  avgPool2d,
  conv2d,
  dropout,
  flatten,
  type Layer,
  leaky,
  learnable,
  li,
  liBox,
  lif,
  linear,
  maxPool2d,
  neuron,
  prepare,
  recurrent,
  run,
  sequential,
} from '../src/index.ts';

const b = plainCpu();
const key = randomKey(3);
const draw = <T extends TensorMeta>(on: Backend<T>, shape: readonly number[], seed = 5): T =>
  on.fromData(normal(randomKey(seed), sizeOf(shape)), shape);
const context = { training: false, key: null, path: '' };

test.each<readonly [string, Layer, readonly number[]]>([
  ['linear and li', sequential(linear(3, 4), li(4)), [3]],
  [
    'a learnable time constant',
    sequential(linear(3, 4), li(4, { tau: learnable(8e-3, { perNeuron: true }), tauSynapse: learnable(4e-3) })),
    [3],
  ],
  ['recurrent', sequential(linear(3, 4), recurrent(liBox(4))), [3]],
  ['recurrent with autapses', recurrent(liBox(3), { autapses: true }), [3]],
  ['conv2d, avgPool2d, flatten', sequential(conv2d(2, 3, 3, { padding: 1, stride: 2 }), avgPool2d(2), flatten(), linear(3, 2)), [2, 4, 4]],
  ['nested', sequential(sequential(linear(3, 4, { bias: false }), liBox(4)), linear(4, 2)), [3]],
])('gradients of %s are right', (_, network, inputShape) => {
  const on = reference();
  const parameters = network.init(on, key) as { readonly [name: string]: Tree<TensorMeta> };
  const data = normal(randomKey(5), 5 * 2 * sizeOf(inputShape));
  const f = <U extends TensorMeta>(c: Backend<U>, p: unknown): U => {
    const { outputs } = run(c, network, p as Tree<U>, c.fromData(data, [5, 2, ...inputShape]));
    return c.reshape(mean(c, square(c, outputs)), []);
  };
  const result = gradcheck(on, f as never, parameters as never);
  expect(result.derivative).not.toBe(0);
  expect(result).toMatchObject({ ok: true });
});

test('linear is x W + c, with initial values as in torch', () => {
  const layer = linear(16, 5);
  const p = layer.init(b, key) as { weight: ReturnType<typeof draw<never>>; bias: ReturnType<typeof draw<never>> };
  const weights = b.readSync(p.weight as never);
  expect(weights.length).toBe(80);
  expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(0.25);
  expect(Math.max(...weights)).toBeGreaterThan(0.2);
  expect(Math.min(...weights)).toBeLessThan(-0.2);
  const x = draw(b, [3, 16]);
  const [y] = layer.step(b, p as never, null, x, context);
  expect(b.readSync(y)).toEqual(b.readSync(affine(b, x, p.weight as never, p.bias as never)));
  expect(treeLeaves(linear(2, 3, { bias: false }).init(b, key)).map(({ path }) => path)).toEqual(['weight']);
});

test.each([false, true])('a recurrent layer equals the loop by hand (autapses %s)', (autapses) => {
  const inner = lif(6);
  const layer = recurrent(inner, { autapses });
  const raw = layer.init(b, key) as { inner: null; weight: never };
  const x = b.mul(draw(b, [12, 2, 6]), 3);
  const { outputs } = run(b, layer, raw, x);
  const weights = b.readSync(raw.weight).map((w, i) => (!autapses && i % 7 === 0 ? 0 : w));
  const matrix = b.fromData(weights, [6, 6]);
  const used = prepare(b, inner, null);
  let z = b.fromData(new Float32Array(12), [2, 6]);
  let state = inner.initialState(b, used, [2, 6], context);
  let spikes = 0;
  for (let t = 0; t < 12; t++) {
    const input = b.reshape(b.slice(x, [t, 0, 0], [1, 2, 6]), [2, 6]);
    [z, state] = inner.step(b, used, state, b.add(input, b.matmul(z, matrix)), context);
    const now = b.readSync(b.slice(outputs, [t, 0, 0], [1, 2, 6]));
    expect(now).toEqual(b.readSync(z));
    for (const s of now) spikes += s;
  }
  expect(spikes).toBeGreaterThan(5);
});

test('dropout holds one mask over the sequence, and passes everything when not training', () => {
  const layer = dropout(0.5);
  const x = b.fromData(new Float32Array(4 * 3 * 100).fill(1), [4, 3, 100]);
  const { outputs, state } = run(b, layer, null, x, { training: true, key });
  const steps = Array.from({ length: 4 }, (_, t) => b.readSync(b.slice(outputs, [t, 0, 0], [1, 3, 100])));
  expect(new Set(steps[0])).toEqual(new Set([0, 2]));
  const kept = steps[0].filter((v) => v === 2).length;
  expect(kept).toBeGreaterThan(110);
  expect(kept).toBeLessThan(190);
  for (const step of steps) expect(step).toEqual(steps[0]);
  // the mask is in the state: the next chunk has the same
  const next = run(b, layer, null, x, { training: true, key: randomKey(99), state });
  expect(b.readSync(next.outputs)).toEqual(b.readSync(outputs));
  expect(b.readSync(run(b, layer, null, x).outputs)).toEqual(b.readSync(x));
  expect(() => run(b, layer, null, x, { training: true })).toThrow('needs a key');
  expect(() => dropout(1)).toThrow('from 0 up to, not including, 1');
});

test('two dropouts of a network draw different masks', () => {
  const x = b.fromData(new Float32Array(200).fill(1), [1, 2, 100]);
  const both = b.readSync(run(b, sequential(dropout(0.5), dropout(0.5)), { layers: [null, null] }, x, { training: true, key }).outputs);
  expect(both.filter((v) => v === 4).length).toBeLessThan(80);
});

test('pooling and flattening', () => {
  const x = b.fromData(
    Float32Array.from({ length: 16 }, (_, i) => i),
    [1, 1, 1, 4, 4],
  );
  expect([...b.readSync(run(b, avgPool2d(2), null, x).outputs)]).toEqual([2.5, 4.5, 10.5, 12.5]);
  expect([...b.readSync(run(b, sequential(maxPool2d(2), flatten()), { layers: [null, null] }, x).outputs)]).toEqual([5, 7, 13, 15]);
});

test('fixed parameters: a number and one number per neuron give the same, and nothing is trained', () => {
  const one = lif(3, { tau: 15e-3 });
  const each = lif(3, { tau: [15e-3, 15e-3, 15e-3] });
  expect(one.init(b, key)).toBeNull();
  expect(each.init(b, key)).toBeNull();
  const x = b.mul(draw(b, [20, 2, 3]), 4);
  expect(b.readSync(run(b, each, null, x).outputs)).toEqual(b.readSync(run(b, one, null, x).outputs));
});

test('learnable parameters start at their value', () => {
  const layer = leaky(3, { beta: learnable([0.2, 0.5, 0.9]), threshold: learnable(1, { constraint: 'positive' }) });
  const raw = layer.init(b, key);
  expect(treeLeaves<TensorMeta>(raw).map(({ path, value }) => [path, value.shape])).toEqual([
    ['beta', [3]],
    ['threshold', []],
  ]);
  const used = prepare(b, layer, raw) as { beta: never; threshold: never };
  expect([...b.readSync(used.threshold)][0]).toBeCloseTo(1, 6);
  const betas = b.readSync(used.beta);
  for (const [i, beta] of [0.2, 0.5, 0.9].entries()) expect(betas[i]).toBeCloseTo(beta, 6);
});

test('sizes that do not fit are named with their place', () => {
  expect(() => sequential(linear(3, 4), lif(5)).outputShape(null)).toThrow(
    'layers[1] (lif): takes inputs of shape [B, 5], but [B, 4] came',
  );
  expect(() => sequential(linear(3, 4), sequential(lif(4), linear(5, 2))).outputShape(null)).toThrow('layers[1].layers[1] (linear)');
  expect(() => conv2d(2, 3, 5).outputShape([2, 4, 4])).toThrow('a kernel of 5 does not fit');
  expect(() => conv2d(2, 3, 5).outputShape([1, 9, 9])).toThrow('takes images [B, 2, H, W]');
  expect(() => avgPool2d(3).outputShape([1, 2, 2])).toThrow('at least 3 x 3 pixels');
  expect(() => run(b, linear(3, 4), linear(3, 4).init(b, key), draw(b, [2, 2, 5]))).toThrow(
    'takes inputs of shape [B, 3], but [B, 5] came',
  );
});

test('options that make no sense are refused', () => {
  expect(() => lif(3, { taus: 1 } as never)).toThrow("lif: there is no option 'taus'; parameters are tau, tauSynapse");
  expect(() => lif(3, { tau: [1, 2] })).toThrow('lif: tau: 2 values came for 3 neurons');
  expect(() => lif(3, { tau: -1 })).toThrow('above 0 s');
  expect(() => lif(3, { tau: ['a', 'b', 'c'] as never })).toThrow('must be a number, a list of numbers or learnable(...)');
  expect(() => lif(3, { tau: learnable(-1) })).toThrow("under the constraint 'positive' must be above 0, but is -1");
  expect(() => leaky(3, { beta: learnable(1, { constraint: 'unit' }) })).toThrow('between 0 and 1');
  expect(() => learnable([1, 2], { perNeuron: false })).toThrow('one per neuron');
  expect(() => lif(0)).toThrow('lif: size');
  expect(() => linear(0, 1)).toThrow('linear: inputs');
  expect(() => sequential()).toThrow('at least one layer');
  expect(() => recurrent(flatten())).toThrow('wrap a layer of neurons');
});

test('any model is a layer', () => {
  const counter = neuron(
    {
      name: 'counter',
      parameters: { gain: { default: 2, unit: '1', constraint: 'none', description: 'gain' } },
      states: ['sum'],
      options: {},
      initialState: (c, _parameters, shape) => ({ sum: c.broadcast(c.fromData([0], []), shape) }),
      step(c, { gain }, { sum }, input) {
        const next = c.add(sum, c.mul(input, gain));
        return [next, { sum: next }];
      },
    },
    [2],
  );
  const x = b.fromData([1, 2, 3, 4], [2, 1, 2]);
  expect([...b.readSync(run(b, counter, null, x).outputs)]).toEqual([2, 4, 8, 12]);
});
