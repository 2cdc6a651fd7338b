// What holds for all models.

import { grad, gradcheck } from '@snn/autodiff';
import { type ReferenceTensor, reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { type Backend, type Operand, randomKey, sumAll, type TensorMeta, uniform } from '@snn/core';
import { sigmoid } from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import { alongAxis, rounding, TERNARY_DEFAULTS, TERNARY_TRACETORCH } from '../src/index.ts';
import { inputsOf, MODELS, modelOf, numbers, runModel, tracetorch, unevenParameters } from './models.ts';

const b = reference();
const FIRING = MODELS.filter((model) => 'surrogate' in model.options);
const DUAL = MODELS.filter(({ name }) => name.startsWith('d'));

/** What a run depends on. */
interface Given<T> {
  readonly parameters: Readonly<Record<string, T>>;
  readonly start: Readonly<Record<string, T>>;
  readonly inputs: readonly T[];
}

/** A number to differentiate: outputs and last states, each with a weight of its own. */
function lossOf<T extends TensorMeta>(c: Backend<T>, tensors: readonly T[]): T {
  return tensors
    .map((x, k) =>
      sumAll(
        c,
        c.mul(
          x,
          c.fromData(
            uniform(
              randomKey(k),
              x.shape.reduce((n, m) => n * m, 1),
              -1,
              1,
            ),
            x.shape,
          ),
        ),
      ),
    )
    .reduce((sum, x) => c.add(sum, x));
}

test('there are 32 models, all of the names of the grammar', () => {
  const prefixes = ['', 'd', 's', 'r', 'ds', 'dr', 'sr', 'dsr'];
  const names = ['lib', 'lit', 'lits', 'li', 'liema'].flatMap((core) =>
    prefixes.filter((prefix) => !prefix.includes('r') || !['li', 'liema'].includes(core)).map((prefix) => prefix + core),
  );
  expect(MODELS.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
});

describe.each(MODELS.map((model) => [model.name, model] as const))('%s', (_, model) => {
  test('gradients of parameters, states and inputs agree with differences, where the forward pass is smooth', () => {
    const shape = [2, 3];
    const parameters = Object.fromEntries(Object.entries(unevenParameters(model)).map(([key, value]) => [key, b.fromData([value], [])]));
    const start = Object.fromEntries(model.states.map((key, k) => [key, b.fromData(uniform(randomKey(k + 50), 6, -1, 1), shape)]));
    const result = gradcheck(
      b,
      <U extends TensorMeta>(c: Backend<U>, given: Given<U>) => {
        const { outputs, states } = runModel(c, model, given.parameters, given.inputs, tracetorch(model), given.start);
        return c.mul(lossOf(c, [...outputs, ...Object.values(states[states.length - 1])]), 0.05);
      },
      { parameters, start, inputs: inputsOf(b, 4, shape) } satisfies Given<ReferenceTensor>,
    );
    expect(result).toMatchObject({ ok: true });
    expect(Math.abs(result.difference)).toBeGreaterThan(1e-4);
  });

  test('a run in two parts equals the whole, and samples do not see each other', () => {
    const cpu = plainCpu();
    const parameters = unevenParameters(model);
    const inputs = inputsOf(cpu, 8, [3, 2]);
    const whole = runModel(cpu, model, parameters, inputs);
    const first = runModel(cpu, model, parameters, inputs.slice(0, 3));
    const second = runModel(cpu, model, parameters, inputs.slice(3), model.options, first.states[2]);
    expect(numbers(cpu, [...first.outputs, ...second.outputs])).toEqual(numbers(cpu, whole.outputs));
    const sample = runModel(
      cpu,
      model,
      parameters,
      inputs.map((x) => cpu.slice(x, [1, 0], [1, 2])),
    );
    expect(numbers(cpu, sample.outputs)).toEqual(
      numbers(
        cpu,
        whole.outputs.map((x) => cpu.slice(x, [1, 0], [1, 2])),
      ),
    );
  });

  test('one parameter per channel equals one neuron per channel', () => {
    const shape = [2, 3, 2, 2];
    const names = Object.keys(model.parameters);
    const channels = [0, 1, 2].map((n) => Object.fromEntries(names.map((key) => [key, unevenParameters(model)[key] * (1 - 0.1 * n)])));
    const parameters = Object.fromEntries(
      names.map((key) => [
        key,
        alongAxis(
          b,
          b.fromData(
            channels.map((channel) => channel[key]),
            [3],
          ),
          1,
          4,
        ),
      ]),
    );
    const inputs = inputsOf(b, 6, shape);
    const { outputs } = runModel(b, model, parameters, inputs);
    channels.forEach((channel, n) => {
      const cut = (x: ReferenceTensor): ReferenceTensor => b.slice(x, [0, n, 0, 0], [2, 1, 2, 2]);
      expect(numbers(b, outputs.map(cut))).toEqual(numbers(b, runModel(b, model, channel, inputs.map(cut)).outputs));
    });
  });

  test('check refuses, with the reason', () => {
    const parameters: Record<string, Operand<ReferenceTensor>> = unevenParameters(model);
    const x = b.fromData(new Float32Array(6), [2, 3]);
    const state = model.initialState(b, parameters, [2, 3], model.options);
    expect(() => model.check?.(parameters, model.options, state, x)).not.toThrow();
    const beta = Object.keys(parameters).find((key) => key.toLowerCase().endsWith('beta')) as string;
    const refused = (given: Readonly<Record<string, Operand<ReferenceTensor>>>, options: object): string => {
      try {
        model.check?.(given, options);
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing was refused';
    };
    const without = Object.fromEntries(Object.entries(parameters).filter(([key]) => key !== beta));
    expect(refused(without, model.options)).toBe(`${model.name}: the parameter ${beta} is missing; give a number or a tensor.`);
    expect(refused({ ...parameters, [beta]: 1.5 }, model.options)).toBe(`${model.name}: ${beta} must be from 0 to 1, but is 1.5.`);
    expect(refused(parameters, { ...model.options, dt: 1 })).toMatch(`${model.name}: there is no option 'dt'`);
    expect(() => model.check?.(parameters, model.options, state, b.fromData([0, 0, 0], [1, 3]))).toThrow(
      /has shape \[2, 3\], but the input has \[1, 3\]/,
    );
  });
});

describe.each(FIRING.map((model) => [model.name, model] as const))('%s', (name, model) => {
  test('by default it sends true spikes: multiples of its scales', () => {
    const parameters: Record<string, number> = {
      ...unevenParameters(model),
      ...(name.endsWith('lits') && { positiveScale: 2, negativeScale: 0.5 }),
    };
    const [up, down] = name.endsWith('lits') ? [2, -0.5] : [1, -1];
    const sent = new Set(numbers(b, runModel(b, model, parameters, inputsOf(b, 40, [4, 3])).outputs).map((x) => x + 0));
    expect([...sent].toSorted((x, y) => x - y)).toEqual(name.endsWith('lib') ? [0, up] : [down, 0, up]);
  });

  test('rounding of the smooth function equals true spikes with its derivative, gradients too', () => {
    const parameters = Object.fromEntries(Object.entries(unevenParameters(model)).map(([key, value]) => [key, b.fromData([value], [])]));
    const inputs = inputsOf(b, 12, [2, 3]);
    const under = (options: object) => {
      const chosen = { ...tracetorch(model), ...options };
      const outputs = numbers(b, runModel(b, model, parameters, inputs, chosen).outputs);
      const gradient = grad(b, (c, given) => lossOf(c, [...runModel(c, model, given.parameters, given.inputs, chosen).outputs]), {
        parameters,
        inputs,
      });
      return { outputs, gradient: numbers(b, [...Object.values(gradient.parameters), ...gradient.inputs]) };
    };
    const rounded = under({ quantizer: rounding() });
    const spiking = under({ quantizer: null, surrogate: sigmoid({ sharpness: 4 }) });
    expect(rounded.outputs.some((x) => x !== 0)).toBe(true);
    expect(spiking.outputs).toEqual(rounded.outputs);
    const largest = Math.max(...rounded.gradient.map(Math.abs));
    for (const [i, g] of rounded.gradient.entries()) expect(Math.abs(spiking.gradient[i] - g)).toBeLessThan(1e-12 * largest);
  });

  test('a detached reset changes gradients and no values', () => {
    const inputs = inputsOf(b, 8, [2, 3]);
    const parameters = unevenParameters(model);
    const under = (detachReset: boolean) => {
      const options = { ...model.options, detachReset };
      const outputs = numbers(b, runModel(b, model, parameters, inputs, options).outputs);
      const gradient = grad(b, (c, x) => lossOf(c, [...runModel(c, model, parameters, x, options).outputs]), inputs);
      return { outputs, gradient: numbers(b, gradient) };
    };
    expect(under(true).outputs).toEqual(under(false).outputs);
    expect(under(true).gradient).not.toEqual(under(false).gradient);
  });

  test('check refuses options and thresholds that make no sense', () => {
    const parameters = unevenParameters(model);
    const threshold = name.endsWith('lib') ? 'threshold' : 'negativeThreshold';
    expect(() => model.check?.({ ...parameters, [threshold]: 0 }, model.options)).toThrow(
      `${name}: ${threshold} must be above 0, but is 0.`,
    );
    expect(() => model.check?.(parameters, { ...model.options, comparison: '<' })).toThrow(
      `${name}: comparison must be '>' or '>=', but is <.`,
    );
    expect(() => model.check?.(parameters, { ...model.options, quantizer: 'round' })).toThrow(
      `${name}: quantizer must be null, for true spikes, or a quantiser such as rounding().`,
    );
  });
});

describe.each(DUAL.map((model) => [model.name, model] as const))('%s with equal sides', (name, model) => {
  const plain = modelOf(name.slice(1));
  const inputs = inputsOf(b, 20, [2, 3]);
  const ends = <T extends TensorMeta>(c: Backend<T>, of: typeof model, x: readonly T[], more: object): readonly T[] =>
    runModel(c, of, unevenParameters(of, true), x, { ...of.options, ...more }).outputs;
  const gradientOf = (of: typeof model, more: object): number[] =>
    numbers(
      b,
      grad(b, (c, x) => lossOf(c, ends(c, of, x, more)), inputs),
    );
  const close = (a: readonly number[], c: readonly number[]): boolean => a.every((x, i) => Math.abs(x - c[i]) < 1e-9 * (1 + Math.abs(x)));

  test('equals the plain model: outputs and gradients', () => {
    expect(close(numbers(b, ends(b, model, inputs, {})), numbers(b, ends(b, plain, inputs, {})))).toBe(true);
    expect(close(gradientOf(model, {}), gradientOf(plain, {}))).toBe(true);
  });

  test('splitGradient twice changes gradients only where a signal that is split can be 0', () => {
    expect(close(numbers(b, ends(b, model, inputs, { splitGradient: 'twice' })), numbers(b, ends(b, plain, inputs, {})))).toBe(true);
    // silent outputs are 0; inputs of this test are not
    expect(close(gradientOf(model, { splitGradient: 'twice' }), gradientOf(plain, {}))).toBe(!name.includes('r'));
  });
});

test('the gradient of a split at exactly 0 flows once or twice', () => {
  const dli = modelOf('dli');
  const slope = (splitGradient: string): number =>
    b.readSync(
      grad(
        b,
        (c, x) =>
          sumAll(c, dli.step(c, { positiveBeta: 0.9, negativeBeta: 0.9 }, dli.initialState(c, {}, [1, 1], {}), x, { splitGradient })[0]),
        b.fromData([0], [1, 1]),
      ),
    )[0];
  expect(slope('once')).toBe(1);
  expect(slope('twice')).toBe(2);
});

test('a neuron exactly at its threshold is silent, or fires under >=', () => {
  const lit = modelOf('lit');
  const sent = (x: number, options: object): number[] =>
    numbers(
      b,
      runModel(b, lit, { beta: 0.9, positiveThreshold: 1, negativeThreshold: 1, bias: 0 }, [b.fromData([x], [1, 1])], options).outputs,
    );
  for (const x of [1, -1]) {
    expect(sent(x, TERNARY_DEFAULTS)).toEqual([0]);
    expect(sent(x, { ...TERNARY_TRACETORCH, quantizer: rounding() })).toEqual([0]);
    expect(sent(x, { ...TERNARY_DEFAULTS, comparison: '>=' })).toEqual([x]);
  }
});
