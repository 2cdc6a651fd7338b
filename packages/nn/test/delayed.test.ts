// Synapses with delays: whole shifts, interpolation, gradients, training of delays alone.
import { grad, gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { cpu, plainCpu } from '@snn/backend-cpu';
import { type Backend, mean, normal, randomKey, square, type TensorMeta, type Tree } from '@snn/core';
import { expect, test } from 'vitest';
import { createModel, delayed, lif, linear, run, sequential, sgd, workload } from '../src/index.ts';

const b = plainCpu();

/** Outputs of one synapse with the weight 2 for the inputs 1, 10, 100, 1000. */
const through = (delay: number, longest = 2): number[] => {
  const raw = { weight: b.fromData([2], [1, 1]), delay: b.fromData([delay], [1, 1]) };
  return [
    ...(b.readSync(
      run(b, delayed(1, 1, { longest, bias: false }), raw, b.fromData([1, 10, 100, 1000], [4, 1, 1])).outputs,
    ) as Float32Array),
  ];
};

test('whole delays shift, others lie between, beyond the ends they are clipped', () => {
  expect(through(0)).toEqual([2, 20, 200, 2000]);
  expect(through(1)).toEqual([0, 2, 20, 200]);
  expect(through(2)).toEqual([0, 0, 2, 20]);
  expect(through(0.25)).toEqual([1.5, 15.5, 155, 1550]);
  expect(through(1.5)).toEqual([0, 1, 11, 110]);
  expect(through(-3)).toEqual(through(0));
  expect(through(7)).toEqual(through(2));
});

test('every synapse has a delay of its own', () => {
  const raw = { weight: b.fromData([1, 10, 100, 1000], [2, 2]), delay: b.fromData([0, 1, 2, 3], [2, 2]), bias: b.fromData([0.5, 0], [2]) };
  const { outputs } = run(b, delayed(2, 2, { longest: 3 }), raw, b.fromData([1, 1, 0, 0, 0, 0, 0, 0], [4, 1, 2]));
  expect([...(b.readSync(outputs) as Float32Array)]).toEqual([1.5, 0, 0.5, 10, 100.5, 0, 0.5, 1000]);
});

test('gradients with respect to weights, delays and biases are right', () => {
  const on = reference();
  const network = sequential(delayed(2, 3, { longest: 3 }), delayed(3, 2, { longest: 2 }));
  const parameters = network.init(on, randomKey(3)) as { readonly [name: string]: Tree<TensorMeta> };
  const f = <U extends TensorMeta>(c: Backend<U>, p: unknown): U => {
    const { outputs } = run(c, network, p as Tree<U>, c.fromData(normal(randomKey(5), 6 * 2 * 2), [6, 2, 2]));
    return c.reshape(mean(c, square(c, outputs)), []);
  };
  const result = gradcheck(on, f as never, parameters as never);
  expect(result.derivative).not.toBe(0);
  expect(result).toMatchObject({ ok: true });
});

test('the derivative of a delay is the weighted difference of neighbours, also at whole delays and at both ends', () => {
  const slope = (delay: number): number => {
    const p = { weight: b.fromData([2], [1, 1]), delay: b.fromData([delay], [1, 1]) };
    // the output in the last step
    const last = <U extends TensorMeta>(c: Backend<U>, raw: unknown): U =>
      c.reshape(
        c.slice(
          run(c, delayed(1, 1, { longest: 2, bias: false }), raw as Tree<U>, c.fromData([1, 10, 100, 1000], [4, 1, 1])).outputs,
          [3, 0, 0],
          [1, 1, 1],
        ),
        [],
      );
    return (b.readSync((grad as never as (...args: unknown[]) => typeof p)(b, last, p).delay) as Float32Array)[0];
  };
  expect(slope(0)).toBe(2 * (100 - 1000));
  expect(slope(0.5)).toBe(2 * (100 - 1000));
  expect(slope(1)).toBe(2 * (10 - 100));
  expect(slope(2)).toBe(2 * (10 - 100));
  expect(slope(2.5)).toBe(0);
});

test('a delay can be found by its gradient', () => {
  const layer = delayed(1, 1, { longest: 6, bias: false });
  const optimizer = sgd(2);
  const values = Float32Array.from({ length: 40 }, (_, t) => Math.sin(t / 4));
  const outputs = <U extends TensorMeta>(c: Backend<U>, delay: U): U =>
    run(c, layer, { weight: c.fromData([1], [1, 1]), delay } as Tree<U>, c.fromData(values, [40, 1, 1])).outputs;
  const wanted = b.readSync(outputs(b, b.fromData([4.25], [1, 1]))) as Float32Array;
  let p = { delay: b.fromData([0.5], [1, 1]) };
  const f = <U extends TensorMeta>(c: Backend<U>, raw: { delay: U }): U =>
    c.reshape(mean(c, square(c, c.sub(outputs(c, raw.delay), c.fromData(wanted, [40, 1, 1])))), []);
  for (let i = 0; i < 100; i++) {
    const g = (grad as never as (...args: unknown[]) => typeof p)(b, f, p);
    const [updates] = optimizer.update(b, g, null, p, i) as unknown as [typeof p];
    p = { delay: b.add(p.delay, updates.delay) };
  }
  expect((b.readSync(p.delay) as Float32Array)[0]).toBeCloseTo(4.25, 3);
});

test('compiled it has the bits of steps one by one, and chunks give those of one run', async () => {
  const backend = await cpu();
  const net = sequential(delayed(3, 4, { longest: 5 }), lif(4, { threshold: 0.2 }), linear(4, 2));
  const inputs = { data: normal(randomKey(1), 9 * 2 * 3, 1, 2), shape: [9, 2, 3] };
  const compiled = await createModel(net, { backend, seed: 1 });
  const plain = await createModel(net, { backend, seed: 1, compile: false });
  const [whole, again] = [await compiled.predict(inputs), await plain.predict(inputs)];
  expect(compiled.executedBy).not.toContain('step by step');
  expect([...whole.data]).toEqual([...again.data]);
  const first = plain.run(backend.fromData(inputs.data.slice(0, 24), [4, 2, 3]));
  const second = plain.run(backend.fromData(inputs.data.slice(24), [5, 2, 3]), { state: first.state });
  expect([...(await backend.read(first.outputs)), ...(await backend.read(second.outputs))]).toEqual([...whole.data]);
});

test('a delay between two steps costs two operations, a whole one costs one', async () => {
  const layer = delayed(1, 2, { longest: 2, bias: false });
  const model = await createModel(layer, { backend: b });
  model.replace({ weight: b.fromData([1, 1], [1, 2]), delay: b.fromData([1, 0.5], [1, 2]) });
  const { synapticOperations } = await workload(model as never, { data: [1, 0, 0, 0], shape: [4, 1, 1] });
  expect(synapticOperations).toEqual({ effectiveAcs: 3, effectiveMacs: 0, dense: 16 });
});

test('sizes are checked', () => {
  expect(() => delayed(1, 1, { longest: 0 })).toThrow('longest');
  expect(() =>
    run(b, delayed(2, 1, { longest: 1 }), delayed(2, 1, { longest: 1 }).init(b, randomKey(0)), b.fromData([1], [1, 1, 1])),
  ).toThrow('delayed');
});
