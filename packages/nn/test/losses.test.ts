// Losses: snnTorch's numbers and gradients, shapes, regularisers.
import { readFileSync } from 'node:fs';
import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { targetOneHot, targetRate } from '@snn/encoders';
import { expect, test } from 'vitest';
import {
  crossEntropyOfCount,
  crossEntropyOfMaximum,
  crossEntropyOfRate,
  crossEntropyOverTime,
  type Loss,
  l1Rate,
  meanSquaredErrorOfCount,
  meanSquaredErrorOfMaximum,
  meanSquaredErrorOfRate,
  meanSquaredErrorOverTime,
  meanSquaredErrorToTarget,
  rateAbove,
  rateBelow,
  squaredErrorTo,
} from '../src/index.ts';

const b = reference();

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Entry {
  readonly function: string;
  readonly args: Readonly<Record<string, number | readonly number[]>>;
  readonly inputs: { readonly spk_out: Stored; readonly targets: Stored };
  readonly outputs: { readonly out: number | Stored };
  readonly gradients?: { readonly spk_out: Stored };
}

const { entries } = JSON.parse(readFileSync(new URL('../../../tooling/golden/vectors/snntorch-losses.json', import.meta.url), 'utf8')) as {
  readonly entries: readonly Entry[];
};

type Arguments = { readonly [name: string]: never };
/** Options by our names from arguments by snnTorch's, where it was called with them. */
const renamed = (args: Arguments, names: { readonly [theirs: string]: string }) =>
  Object.fromEntries(Object.entries(names).flatMap(([theirs, name]) => (theirs in args ? [[name, args[theirs]]] : [])));
const entropy = (args: Arguments) => renamed(args, { weight: 'weights', num_classes: 'classes' });

const ours: { readonly [name: string]: (args: Arguments) => Loss } = {
  'snntorch.ce_rate_loss': (args) => crossEntropyOverTime(entropy(args)),
  'snntorch.ce_count_loss': (args) => crossEntropyOfCount(entropy(args)),
  'snntorch.ce_max_membrane_loss': (args) => crossEntropyOfMaximum(entropy(args)),
  'snntorch.mse_count_loss': (args) =>
    meanSquaredErrorOfCount(renamed(args, { correct_rate: 'correct', incorrect_rate: 'incorrect', num_classes: 'classes' })),
  'snntorch.mse_membrane_loss': (args) => meanSquaredErrorOverTime(renamed(args, { on_target: 'correct', off_target: 'incorrect' })),
};
const cases = entries.filter((entry) => entry.function in ours);

test('snnTorch has a dozen cases', () => expect(cases.length).toBe(12));

test.each(cases.map((entry, i) => [i, entry.function, entry] as const))('case %i: %s, value and gradient', (_, name, entry) => {
  const loss = ours[name](entry.args as never);
  const ad = autodiff(b);
  const { spk_out, targets } = entry.inputs;
  const outputs = ad.variable(b.fromData(spk_out.data, spk_out.shape));
  const value = loss.loss(ad, outputs, ad.constant(b.fromData(targets.data, targets.shape)));
  const expected = typeof entry.outputs.out === 'number' ? entry.outputs.out : entry.outputs.out.data[0];
  expect(Math.abs((ad.readSync?.(value)[0] as number) - expected)).toBeLessThan(1e-12);
  const [gradient] = ad.backward([value], [b.fromData([1], [])], [outputs]);
  const wanted = entry.gradients?.spk_out.data as readonly number[];
  const found = b.readSync(gradient as never);
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(found[i] - wanted[i])).toBeLessThan(1e-12);
});

const outputs = b.fromData([1, 0, 0, 1, 1, 0, 1, 0, 0], [3, 1, 3]);
const labels = b.fromData([0], [1]);
const value = (loss: Loss, y = outputs, l = labels): number => b.readSync(loss.loss(b, y, l))[0];

test('readouts on one small example', () => {
  expect(value(crossEntropyOverTime())).toBeCloseTo(0.654961, 6);
  expect(value(crossEntropyOfCount())).toBeCloseTo(0.169846, 6);
  expect(value(crossEntropyOfMaximum())).toBeCloseTo(0.861995, 6);
  expect(value(crossEntropyOfRate())).toBeCloseTo(-Math.log(Math.E / (Math.E + Math.exp(1 / 3) + 1)), 12);
  expect(value(meanSquaredErrorOfCount({ correct: 0.8, incorrect: 0.2 }))).toBeCloseTo(0.222222, 6);
  expect(value(meanSquaredErrorOverTime())).toBeCloseTo(0.111111, 6);
  expect(value(meanSquaredErrorOfRate())).toBeCloseTo(1 / 27, 12);
  expect(value(meanSquaredErrorOfMaximum({ correct: 2 }))).toBeCloseTo(2 / 3, 12);
});

test('scores choose the class', () => {
  const y = b.fromData([3, 0, 0, 0, 2, 0, 0, 2, 0], [3, 1, 3]);
  const scores = (loss: Loss) => [...b.readSync(loss.scores(b, y))];
  expect(scores(crossEntropyOverTime())).toEqual([1, 4 / 3, 0]);
  expect(scores(crossEntropyOfCount())).toEqual([3, 4, 0]);
  expect(scores(crossEntropyOfMaximum())).toEqual([3, 2, 0]);
  const pairs = b.fromData([1, 0, 0, 1, 1, 1], [1, 1, 6]);
  expect([...b.readSync(crossEntropyOfCount({ classes: 3 }).scores(b, pairs))]).toEqual([1, 1, 2]);
});

test('the gradient of the maximum goes to the first step that reaches it', () => {
  const ad = autodiff(b);
  const y = ad.variable(outputs);
  const [gradient] = ad.backward([crossEntropyOfMaximum().loss(ad, y, ad.constant(labels))], [b.fromData([1], [])], [y]);
  const g = [...b.readSync(gradient as never)];
  expect(g.map((x) => x !== 0)).toEqual([true, false, true, false, true, false, false, false, false]);
});

test('shapes are checked by name', () => {
  const swapped = b.fromData(new Float64Array(12), [2, 3, 2]);
  expect(() => value(crossEntropyOverTime(), swapped, b.fromData([0, 1], [2]))).toThrow(
    'have [T, B, C] with a batch of 3, but labels have 2. Time and batch look swapped: time is the first axis.',
  );
  expect(() => value(meanSquaredErrorOfCount(), swapped, b.fromData([0], [1]))).toThrow('a batch of 3, but labels have 1.');
  expect(() => value(crossEntropyOverTime(), b.fromData([1, 2], [1, 2]), labels)).toThrow('must be [T, B, C] with time first');
  expect(() => value(crossEntropyOverTime(), outputs, b.fromData([1, 0], [1, 2]))).toThrow('labels must be [B]');
  expect(() => value(crossEntropyOfCount({ classes: 2 }))).toThrow('3 outputs do not divide into 2 classes');
  expect(() => value(crossEntropyOfCount({ weights: [1, 2] }))).toThrow('2 weights came for 3 classes');
  expect(() => meanSquaredErrorOfRate({ correct: Number.NaN })).toThrow('correct must be a finite number');
});

test('regularisers', () => {
  // two samples, four steps: rates 0.5, 0.25 and 0 spikes per step
  const counts = { 'layers[1]': b.fromData([3, 2, 0, 1, 0, 0], [2, 3]) };
  const penalty = (r: ReturnType<typeof l1Rate>) => b.readSync(r.penalty(b, counts, 4))[0];
  expect(penalty(l1Rate(0.1))).toBeCloseTo(0.6, 12);
  expect(penalty(rateAbove(0.2, 3))).toBeCloseTo(0.3 ** 2 + 0.05 ** 2, 12);
  expect(penalty(rateBelow(0.3, 3))).toBeCloseTo(0.05 ** 2 + 0.3 ** 2, 12);
  expect(() => l1Rate(1).penalty(b, {}, 4)).toThrow('no layer that sends spikes');
  expect(() => l1Rate(-1)).toThrow('strength');
  expect(() => rateAbove(2, 1)).toThrow('target');
});

test('targets that change in time', () => {
  const rising = meanSquaredErrorToTarget((on, given, classes, steps) => targetRate(on, given, classes, steps, { correct: 0.5 }));
  // class 0 should fire at the first and the last of three steps; it fires at all, class 1 once
  expect(value(rising)).toBeCloseTo(2 / 9, 12);
  expect([...b.readSync(rising.scores(b, outputs))]).toEqual([1, 1 / 3, 0]);
  expect(value(meanSquaredErrorToTarget((on, given, classes) => targetOneHot(on, given, classes)))).toBe(value(meanSquaredErrorOverTime()));
  expect(() => squaredErrorTo(b, outputs, b.fromData([1, 2], [2]))).toThrow('targets must be [T, B, C] or [B, C] for outputs [3, 1, 3]');
});
