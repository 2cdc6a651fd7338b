// The tracer refuses what it cannot record, and passes keep what a program computes.
import { plainCpu } from '@snn/backend-cpu';
import { type Backend, type Program, sigmoid, stopGradient, type TensorMeta } from '@snn/core';
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
});

describe('a step that cannot be traced is refused with its name and the operation', () => {
  type Handle = TensorMeta;
  type Handles = { readonly [name: string]: Handle };
  type Any = (b: Backend<Handle>, p: Handles, s: Handles, x: Handle) => unknown;
  const thrown = (step: Any, state: Handles = { v: meta(2) }): { code: string; message: string; cause?: unknown } => {
    try {
      traceStep('bad', step as unknown as Step, { w: meta(3) }, state, meta(2));
    } catch (error) {
      return error as { code: string; message: string };
    }
    throw new Error('the step was traced');
  };

  test('a state that changes its shape', () => {
    expect(thrown((b, _, s, x) => [x, { v: b.concat([s.v, x], 0) }]).message).toBe(
      "bad: state 'v' is float32 [2] before the step and float32 [4] after it, as 'concat' made it; it must not change.",
    );
  });
  test('a state that changes its structure, grows, or becomes something else', () => {
    expect(thrown((_b, _, s, x) => [x, { u: s.v }]).message).toMatch(/^bad: the step got a state with 'v', but returns 'u' in its place/);
    expect(thrown((_b, _, _s, x) => [x, {}]).message).toMatch(/^bad: the step got a state with 'v', but returns nothing/);
    expect(thrown((_b, _, s, x) => [x, { v: s.v, w: x }]).message).toMatch(/^bad: the step returns state 'w', which it did not get/);
    expect(thrown((_b, _, _s, x) => [x, { v: 0 }]).message).toMatch(/^bad: state 'v' is the number 0 after the step/);
    const foreign = plainCpu().fromData([1, 2], [2]);
    expect(thrown((_b, _, _s, x) => [x, { v: foreign }]).message).toMatch(/^bad: state 'v' is a tensor that is no value of this trace/);
  });
  test('branching on a tensor or printing one, whatever made it', () => {
    const number = (x: Handle): number => x as unknown as number;
    for (const [what, step] of [
      ["the result of 'add'", (b, _, s, x) => (number(b.add(s.v, x)) > 0 ? [x, s] : [s.v, s])],
      ["parameter 'w'", (_b, p, s, x) => (number(p.w) === 1 ? [x, s] : [number(p.w) + 1, s])],
      ["state 'v'", (_b, _, s, x) => (`${s.v}` ? [x, s] : [s.v, s])],
      ['the input', (_b, _, s, x) => (Math.sign(number(x)) ? [x, s] : [s.v, s])],
      ["the result of 'stopGradient'", (b, _, s, x) => (-number(stopGradient(b, b.mul(x, 2))) ? [x, s] : [s.v, s])],
    ] as readonly [string, Any][]) {
      const { code, message, cause } = thrown(step);
      expect(code).toBe('unsupported');
      expect(message).toBe(
        `bad: the step cannot be traced: a step must not branch on a tensor or print it, here on ${what}, since it is recorded once for all values; use \`where\` instead of \`if\`.`,
      );
      expect((cause as { code: string }).code).toBe('unsupported');
    }
  });
  test('`if (tensor)` is not noticed, which the documentation says: the branch is taken', () => {
    const step: Any = (b, _, s, x) => [(s.v as unknown) ? x : b.mul(x, 2), s];
    const { program, output } = traceStep('if', step as unknown as Step, {}, { v: meta(2) }, meta(2));
    expect(program.nodes[output].op).toBe('input');
  });
  test('reading a tensor, also in an async step', () => {
    const sentence = /^bad: the step cannot be traced at 'read': a step must not read a tensor/;
    expect(thrown((b, _, s, x) => [b.read(x), s]).message).toMatch(sentence);
    expect(thrown((b, _, s, x) => [b.readSync?.(x), s]).message).toMatch(sentence);
    expect(thrown(async (b, _, s, x) => [(await b.read(x)) && x, s]).message).toBe(
      'bad: the step must return [output, state], but returned a promise; a step is not async and waits for nothing: it is recorded before there are values.',
    );
  });
  test('something else than an output and a state', () => {
    const returned = (value: unknown): string => thrown(() => value).message;
    expect(returned(undefined)).toBe('bad: the step must return [output, state], but returned undefined.');
    expect(returned({ output: 1, state: 2 })).toMatch(/but returned \{ output, state \}/);
    expect(returned([meta(2)])).toMatch(/but returned a list of 1/);
    expect(returned([3, {}])).toMatch(/but returned the number 3 as the output/);
    expect(returned([plainCpu().fromData([1, 2], [2]), {}])).toMatch(/but returned a tensor that is no value of this trace as the output/);
    expect(thrown((_b, _, _s, x) => x).message).toMatch(/but returned a tensor/);
  });
  test('wrong arguments of an operation, with the original error as cause', () => {
    const { code, message, cause } = thrown((b, p, s, x) => [b.add(p.w, x), s]);
    expect(code).toBe('shape');
    expect(message).toBe(`bad: the step cannot be traced at 'add': ${(cause as Error).message}`);
    expect((cause as { code: string }).code).toBe('shape');
    const foreign = plainCpu().fromData([1, 2], [2]);
    expect(thrown((b, _, s, x) => [b.mul(x, foreign), s]).message).toMatch(/^bad: the step cannot be traced at 'mul': /);
  });
  test('an operation that there is not', () => {
    const step: Any = (b, _, s, x) => [(b as unknown as { erf(y: Handle): Handle }).erf(x), s];
    expect(thrown(step).message).toMatch(/^bad: the step cannot be traced: .*erf is not a function/);
    expect(thrown(step).cause).toBeInstanceOf(TypeError);
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
