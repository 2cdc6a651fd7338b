import { grad } from '@snn/autodiff';
import { type ReferenceTensor, reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { randomKey, split, sumAll, uniform } from '@snn/core';
import { expect, test } from 'vitest';
import {
  identity,
  libStep,
  litsStep,
  probabilistic,
  type Quantizer,
  rounding,
  stochasticRounding,
  TERNARY_DEFAULTS,
} from '../src/index.ts';

const b = reference();
const GRID = Array.from({ length: 41 }, (_, i) => (i - 20) / 10);
const smooth = GRID.map((u) => 1 / (1 + Math.exp(-4 * u)));
const slopes = smooth.map((y) => 4 * y * (1 - y));
const tensor = (values: ArrayLike<number>): ReferenceTensor => b.fromData(values, [values.length]);
const noise = uniform(randomKey(3), GRID.length);

function evaluate(quantizer: Quantizer, drawn?: ArrayLike<number>): { values: number[]; derivative: number[] } {
  const draws = drawn && tensor(drawn);
  const gradient = grad(b, (c, u, n) => sumAll(c, quantizer.quantize(c, u, n ?? undefined)), tensor(GRID), draws ?? null);
  return { values: [...b.readSync(quantizer.quantize(b, tensor(GRID), draws))], derivative: [...b.readSync(gradient)] };
}

function near(computed: readonly number[], expected: readonly number[]): void {
  for (const [i, x] of expected.entries()) expect(computed[i]).toBeCloseTo(x, 12);
}

test('identity and rounding have the derivative of the smooth function', () => {
  near(evaluate(identity()).values, smooth);
  near(evaluate(identity()).derivative, slopes);
  near(
    evaluate(rounding()).values,
    GRID.map((u) => (u > 0 ? 1 : 0)),
  );
  near(evaluate(rounding()).derivative, slopes);
  near(
    evaluate(rounding({ step: 0.25 })).values,
    smooth.map((y) => Math.round(y / 0.25) * 0.25),
  );
});

test('stochastic rounding rounds up as often as it must', () => {
  const step = 0.5;
  const { values, derivative } = evaluate(stochasticRounding({ step }), noise);
  near(
    values,
    smooth.map((y, i) => (Math.floor(y / step) + (noise[i] < (y / step) % 1 ? 1 : 0)) * step),
  );
  near(derivative, slopes);
  const draws = 20000;
  for (const u of [-0.4, 0.1, 0.3]) {
    const cpu = plainCpu();
    const sent = cpu.readSync(
      stochasticRounding().quantize(
        cpu,
        cpu.fromData(new Float32Array(draws).fill(u), [draws]),
        cpu.fromData(uniform(randomKey(9), draws), [draws]),
      ),
    );
    const mean = Array.from(sent).reduce((sum, x) => sum + x, 0) / draws;
    // five standard errors
    expect(Math.abs(mean - 1 / (1 + Math.exp(-4 * u)))).toBeLessThan(5 * Math.sqrt(0.25 / draws));
  }
});

test('probabilistic sends y with probability y', () => {
  const { values, derivative } = evaluate(probabilistic(), noise);
  near(
    values,
    smooth.map((y, i) => (noise[i] < y ? y : 0)),
  );
  near(
    derivative,
    smooth.map((y, i) => 2 * y * slopes[i]),
  );
});

test('each threshold has noise of its own; equal noise gives equal spikes', () => {
  const options = { ...TERNARY_DEFAULTS, quantizer: stochasticRounding() };
  const parameters = { beta: 0.9, positiveThreshold: 1, negativeThreshold: 1, bias: 0, positiveScale: 2, negativeScale: 3 };
  const send = (draws: readonly number[]): number =>
    b.readSync(
      litsStep(
        b,
        parameters,
        { v: b.fromData([0], [1, 1]) },
        b.fromData([0], [1, 1]),
        options,
        draws.map((x) => b.fromData([x], [1, 1])),
      )[0],
    )[0];
  // y = 0.018 at both thresholds
  expect([send([0, 0.9]), send([0.9, 0]), send([0, 0]), send([0.9, 0.9])]).toEqual([2, -3, -1, 0]);
  const [one, two] = split(randomKey(4)).map((key) => uniform(key, 2));
  expect(send([...one])).toBe(send([...one]));
  expect(one).not.toEqual(two);
});

test('missing noise and senseless steps are refused', () => {
  const lib = (quantizer: Quantizer): unknown =>
    libStep(b, { beta: 0.9, threshold: 1, bias: 0 }, { v: b.fromData([0], [1, 1]) }, b.fromData([0], [1, 1]), {
      ...TERNARY_DEFAULTS,
      quantizer,
    });
  expect(() => lib(stochasticRounding())).toThrow(
    "stochasticRounding: it draws; give the step noise, for each threshold uniform numbers of the input's shape.",
  );
  expect(() => lib(probabilistic())).toThrow('probabilistic: it draws');
  for (const step of [0, -1, 2, Number.NaN]) {
    expect(() => rounding({ step })).toThrow(`rounding: step must be above 0 and at most 1, the largest output, but is ${step}.`);
    expect(() => stochasticRounding({ step })).toThrow('stochasticRounding: step must be above 0 and at most 1');
  }
});
