// The tracer refuses what it cannot record, and passes keep what a program computes.
import { plainCpu } from '@snn/backend-cpu';
import { type Backend, type Program, sigmoid, type TensorMeta } from '@snn/core';
import { describe, expect, test } from 'vitest';
import { callNode, foldConstants, mergeCommon, plan, removeDeadCode, type Step, simplify, tracer, traceStep } from '../src/index.ts';

const meta = (...shape: number[]): TensorMeta => ({ shape, dtype: 'float32' });

/** Run a program on a backend: the meaning that passes must keep. */
function evaluate(program: Program, inputs: readonly Float32Array[]): readonly (readonly number[])[] {
  const b = plainCpu();
  const values = program.nodes.map(() => b.fromData([0], []));
  program.nodes.forEach((node, i) => {
    const at = program.inputs.indexOf(i);
    if (node.op === 'input') values[i] = b.fromData(inputs[at], node.shape, node.dtype);
    else if (node.op === 'constant') values[i] = b.fromData(node.attributes[0] as number[], node.shape, node.dtype);
    else
      values[i] = callNode(
        b,
        node,
        node.inputs.map((x) => (typeof x === 'number' ? x : values[x.node])),
      );
  });
  return program.outputs.map((i) => [...b.readSync(values[i])]);
}

describe('the tracer refuses', () => {
  test('branching on a tensor', () => {
    const b = tracer();
    const x = b.input([2]);
    expect(() => ((x as unknown as number) > 0 ? 1 : 0)).toThrow(/use `where` instead of `if`/);
    expect(() => `${x}`).toThrow(/must not branch/);
  });
  test('reading a tensor', async () => {
    const b = tracer();
    await expect(b.read(b.input([2]))).rejects.toThrow(/must not read a tensor/);
  });
  test('tensors of another backend', () => {
    const b = tracer();
    const foreign = plainCpu().fromData([1], [1]) as unknown as ReturnType<typeof b.input>;
    expect(() => b.add(b.input([1]), foreign)).toThrow(/not a value of this trace/);
  });
  const wrong = (step: unknown, state: unknown) => () => traceStep('bad', step as Step, {}, state, meta(2));
  test('a state that changes its shape, structure or grows', () => {
    expect(
      wrong((b: Backend<TensorMeta>, _: unknown, s: { v: TensorMeta }, x: TensorMeta) => [x, { v: b.concat([s.v, x], 0) }], { v: meta(2) }),
    ).toThrow(/state 'v' is float32 \[2\] before the step and float32 \[4\] after it/);
    expect(wrong((_b: unknown, _: unknown, s: { v: TensorMeta }, x: TensorMeta) => [x, { u: s.v }], { v: meta(2) })).toThrow(
      /got a state with 'v', but returns 'u'/,
    );
    expect(wrong((_b: unknown, _: unknown, s: { v: TensorMeta }, x: TensorMeta) => [x, { v: s.v, w: x }], { v: meta(2) })).toThrow(
      /returns state 'w'/,
    );
  });
});

describe('passes keep the bits', () => {
  const b = tracer();
  const x = b.input([2, 3]);
  const y = b.input([3]);
  const twice = b.mul(b.add(x, y), 1);
  const same = b.reshape(b.reshape(b.permute(b.permute(b.sub(twice, 0), [1, 0]), [1, 0]), [6]), [2, 3]);
  b.exp(x);
  const half = b.div(b.fromData([1, 2, 3], [3]), b.fromData([2], []));
  const program = b.program([b.max(same, same), b.mul(sigmoid(b, x), half), b.add(b.fromData([-0], []), -0)]);
  const inputs = [Float32Array.of(-0, 1, 2, 3, Number.NaN, 5), Float32Array.of(0.1, -1, 7)];
  const before = evaluate(program, inputs);

  for (const [name, pass, largest] of [
    ['removeDeadCode', removeDeadCode, 24],
    ['mergeCommon', mergeCommon, 24],
    ['simplify', simplify, 18],
    ['foldConstants', (p: Program) => foldConstants(p, plainCpu()), 24],
    ['all of them', (p: Program) => removeDeadCode(mergeCommon(foldConstants(simplify(p), plainCpu()))), 11],
  ] as const) {
    test(name, () => {
      const after = pass(program);
      expect(evaluate(after, inputs)).toEqual(before);
      expect(after.nodes.length).toBeLessThanOrEqual(largest);
    });
  }
  test('a traced program is the same after a journey through JSON', () => {
    const traced = traceStep(
      'leak',
      ((c: Backend<TensorMeta>, _: unknown, s: { v: TensorMeta }, i: TensorMeta) => [
        s.v,
        { v: c.add(c.mul(s.v, 0.9), i) },
      ]) as unknown as Step,
      {},
      { v: meta(2) },
      meta(2),
    );
    expect(JSON.parse(JSON.stringify(traced))).toEqual(traced);
  });
});

test('a step is run once, whatever is then asked of the plan', () => {
  let runs = 0;
  const step = (c: Backend<TensorMeta>, _: unknown, s: { v: TensorMeta }, i: TensorMeta) => {
    runs++;
    const v = c.add(c.mul(s.v, 0.5), i);
    return [v, { v }];
  };
  const planned = plan('leak', step as unknown as Step, {}, { v: meta(2) }, meta(2));
  const cpu = plainCpu();
  const inputs = cpu.fromData([1, 1, 1, 1, 1, 1], [3, 2]);
  const { pullback, outputs } = planned.vjp(cpu, [], [cpu.fromData([0, 0], [2])], inputs);
  expect([...cpu.readSync(outputs)]).toEqual([1, 1, 1.5, 1.5, 1.75, 1.75]);
  const { inputs: g } = pullback(cpu.fromData([1, 1, 1, 1, 1, 1], [3, 2]), [cpu.fromData([0, 0], [2])]);
  expect([...cpu.readSync(g as NonNullable<typeof g>)]).toEqual([1.75, 1.75, 1.5, 1.5, 1, 1]);
  expect(runs).toBe(1);
});
