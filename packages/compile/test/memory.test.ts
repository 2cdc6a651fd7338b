// What a plan says of its memory, checked by hand on steps whose values can be counted.
import { type Backend, linear, type TensorMeta } from '@snn/core';
import { describe, expect, test } from 'vitest';
import { checkpoint, explain, plan, type Step, store, truncated } from '../src/index.ts';

const meta = (...shape: number[]): TensorMeta => ({ shape, dtype: 'float32' });

/** v' = v / 2 + x w; the output is v' squared. Only x and v' are needed backwards: 3 and 2 numbers a step. */
const leak = <U extends TensorMeta>(b: Backend<U>, p: { w: U }, s: { v: U }, x: U): readonly [U, unknown] => {
  const v = b.add(b.mul(s.v, 0.5), linear(b, x, p.w));
  return [b.mul(v, v), { v }];
};
const leaky = plan('leak', leak as unknown as Step, { w: meta(3, 2) }, { v: meta(1, 2) }, meta(1, 3));

describe('memory', () => {
  test('counts residuals, states and sums', () => {
    expect(leaky.residuals).toHaveLength(2);
    for (const T of [1, 10, 100]) {
      const { residuals, states, sums } = leaky.memory(T);
      expect({ residuals, states, sums }).toEqual({ residuals: 4 * 5 * T, states: 4 * 2, sums: 4 * 6 });
    }
  });

  test('temporaries and peak are what is alive at once', () => {
    const { temporaries, peak, states, sums } = leaky.memory(10);
    // in the backward scan: g v', x^T and the cotangent of x w of 10 steps, two values of one step; forwards it is less: x w, and v / 2 of one
    expect(temporaries).toBe(4 * (10 * (2 + 3 + 2) + 2 + 2));
    // before that: g v' and x^T beside x, which is read for the last time
    expect(peak).toBe(states + sums + 4 * 10 * (2 + 3 + 3));
  });

  test('peak is more than each kind and at most their sum', () => {
    for (const T of [1, 7, 50])
      for (const gradient of [store(), checkpoint(4), truncated(4)]) {
        const { residuals, states, sums, temporaries, peak } = leaky.memory(T, gradient);
        expect(peak).toBeGreaterThanOrEqual(Math.max(residuals, states, sums, temporaries));
        expect(peak).toBeLessThanOrEqual(residuals + states + sums + temporaries);
      }
  });

  test('checkpoints hold one segment and the states at the starts of all, least near the root of T', () => {
    const stored = leaky.memory(100);
    const { residuals, states, peak } = leaky.memory(100, checkpoint(10));
    expect(residuals).toBe(stored.residuals / 10);
    expect(states).toBe(4 * 2 * (1 + 10));
    expect(peak).toBeLessThan(stored.peak / 5);
    expect(leaky.memory(100, checkpoint(1000)).residuals).toBe(stored.residuals);
    expect(leaky.memory(100, truncated(10))).toEqual(stored);
  });
});

test('stages lists the forward pass, then the backward pass', () => {
  const { stages, forward, backward } = leaky;
  expect(stages.map(({ pass, kind }) => `${pass} ${kind}`)).toEqual([
    ...forward.stages.map(({ kind }) => `forward ${kind}`),
    ...backward.stages.map(({ kind }) => `backward ${kind}`),
  ]);
  expect(stages[0]).toMatchObject({ pass: 'forward', ...forward.stages[0] });
});

test('explain ends with a line of memory per T', () => {
  const lines = explain(leaky, [5, 50]).split('\n').slice(-3);
  const { residuals, states, sums, temporaries, peak } = leaky.memory(50);
  expect(lines[0]).toMatch(/^ {2}kept from the forward pass: /);
  expect(lines[1]).toMatch(/^memory in bytes for T = 5: 100 kept for the backward pass, 8 states, 24 gradients of parameters, /);
  expect(lines[2]).toBe(
    `memory in bytes for T = 50: ${residuals} kept for the backward pass, ${states} states, ${sums} gradients of parameters, ${temporaries} temporaries; at most ${peak} at once`,
  );
});
