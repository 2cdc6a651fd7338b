// The refractory neuron: how long it is silent, what stands still meanwhile, and what lif it is otherwise.

import { reference } from '@snn/backend-conformance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIF_DEFAULTS, LIF_REFRACTORY_DEFAULTS, LIF_REFRACTORY_NORSE, lifRefractory, lifRefractoryStep, lifStep } from '../src/index.ts';
import { runOne } from './over-time.ts';

const b = reference();
const zero = b.fromData([0], [1, 1]);
const parameters = { tau: 10e-3, tauSynapse: 5e-3, leak: 0, threshold: 1, reset: 0, refractory: 5 };
const start = { v: zero, i: zero, rho: zero };

describe('the refractory neuron', () => {
  test('fires every sixth step under a strong input, as in norse', () => {
    const { out, rho } = runOne(b, new Array(19).fill(100), start, (s, x) => lifRefractoryStep(b, parameters, s, x, LIF_REFRACTORY_NORSE));
    expect(out.flatMap((z, t) => (z ? [t] : []))).toEqual([0, 6, 12, 18]);
    expect(rho.slice(0, 7)).toEqual([5, 4, 3, 2, 1, 0, 5]);
  });
  test('is silent for exactly `refractory` steps after a spike, and its membrane stands still', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 30, maxLength: 30 }),
        (steps, inputs) => {
          const { out, v } = runOne(b, inputs, start, (s, x) => lifRefractoryStep(b, { ...parameters, refractory: steps }, s, x));
          out.forEach((z, t) => {
            if (!z) return;
            expect(out.slice(t + 1, t + 1 + steps)).not.toContain(1);
            for (let k = 1; k <= steps && t + k < v.length; k++) expect(v[t + k]).toBe(v[t]);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
  test('with no refractory steps is lif', () => {
    const inputs = [3, 9, 1, 8, 20, 0, 7, 7];
    const own = runOne(b, inputs, start, (s, x) => lifRefractoryStep(b, { ...parameters, refractory: 0 }, s, x, LIF_REFRACTORY_DEFAULTS));
    const plain = runOne(b, inputs, { v: zero, i: zero }, (s, x) => lifStep(b, parameters, s, x, LIF_DEFAULTS));
    expect(own.out).toEqual(plain.out);
    expect(own.v).toEqual(plain.v);
    expect(own.i).toEqual(plain.i);
    expect(own.out).toContain(1);
  });
  test('refuses parts of steps', () => {
    const check = (refractory: number) => () => lifRefractory.check?.({ ...parameters, refractory }, LIF_REFRACTORY_DEFAULTS);
    expect(check(0)).not.toThrow();
    for (const bad of [-1, 2.5])
      expect(check(bad)).toThrow(`lifRefractory: refractory must be a whole number of steps of at least 0, but is ${bad}.`);
  });
});
