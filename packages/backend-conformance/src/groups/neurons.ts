/**
 * Golden neurons: a layer of current-based leaky integrate-and-fire neurons, whose spikes were computed once and are written down here.
 *
 *     i[t] = 0.75 i[t-1] + s[t] W          synaptic current, s spikes [1, 5], W [5, 4]
 *     v[t] = 0.9 v'[t-1] + 0.1 i[t]        membrane voltage
 *     z[t] = v[t] > 1                      spike
 *     v'[t] = v[t] - z[t]                  reset by subtraction
 *
 * Spikes are discontinuous, so a backend without `exactF32` is teacher-forced: each step starts from the oracle's state, and neurons nearer
 * to the threshold than the declared error may spike or not.
 */
import type { Backend, TensorMeta } from '@snn/core';
import type { Context, Group } from '../case.ts';
import { check, checkNumbers, show } from '../check.ts';
import { EXACT_F32 } from '../needs.ts';

const STEPS = 40;
const INPUTS = 5;
const NEURONS = 4;

/** Input spikes at step `t`: input k spikes every 2 + k steps. */
const inputAt = (t: number): number[] => Array.from({ length: INPUTS }, (_, k) => ((t + k) % (2 + k) === 0 ? 1 : 0));

/** W [5, 4], multiples of 1/16 with both signs. */
const WEIGHTS: readonly number[] = Array.from({ length: INPUTS * NEURONS }, (_, i) => (((i * 27 + 18) % 64) - 18) / 16);

/** Steps at which each neuron spikes. The voltage stays further than 0.018 from the threshold, so float32 and float64 spike alike. */
const SPIKES: readonly (readonly number[])[] = [
  [5, 8, 11, 13, 15, 18, 20, 23, 25, 27, 30, 32, 35, 37, 39],
  [3, 6, 8, 11, 13, 15, 17, 19, 22, 24, 26, 28, 30, 32, 34, 37, 39],
  [6, 9, 13, 15, 19, 22, 26, 28, 32, 35, 38],
  [3, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38],
];

interface Step<T> {
  readonly current: T;
  readonly voltage: T;
  readonly spikes: T;
  readonly after: T;
}

/** One step of the equations above, with constants that are not float32 numbers. */
function step<T extends TensorMeta>(b: Backend<T>, input: T, weights: T, current: T, voltage: T): Step<T> {
  const i = b.add(b.mul(current, 0.75), b.matmul(input, weights));
  const v = b.add(b.mul(voltage, 0.9), b.mul(i, 0.1));
  const z = b.gt(v, 1);
  return { current: i, voltage: v, spikes: z, after: b.sub(v, z) };
}

/** All steps on a backend, as arrays. */
async function simulate<T extends TensorMeta>(b: Backend<T>): Promise<Step<ArrayLike<number>>[]> {
  const weights = b.fromData(WEIGHTS, [INPUTS, NEURONS]);
  let current = b.fromData(new Array<number>(NEURONS).fill(0), [1, NEURONS]);
  let voltage = current;
  const trace: Step<ArrayLike<number>>[] = [];
  for (let t = 0; t < STEPS; t++) {
    const s = step(b, b.fromData(inputAt(t), [1, INPUTS]), weights, current, voltage);
    ({ current, after: voltage } = s);
    const [i, v, z, after] = await Promise.all([s.current, s.voltage, s.spikes, s.after].map((x) => b.read(x)));
    trace.push({ current: i, voltage: v, spikes: z, after });
  }
  return trace;
}

/** Steps at which each neuron of a trace spikes. */
const spikeTimes = (trace: readonly Step<ArrayLike<number>>[]): number[][] =>
  SPIKES.map((_, n) => trace.flatMap(({ spikes }, t) => (spikes[n] === 1 ? [t] : [])));

async function spikesAsWritten<T extends TensorMeta>(what: string, b: Context<T>['b']): Promise<void> {
  for (const [n, times] of spikeTimes(await simulate(b)).entries())
    check(times.join() === SPIKES[n].join(), `${what}: expected neuron ${n} to spike at steps ${show(SPIKES[n])}, got ${show(times)}.`);
}

export const neurons: Group = {
  name: 'neurons',
  cases: [
    {
      name: 'spikes of the golden neurons',
      needs: EXACT_F32,
      async run({ b, float32, float64 }) {
        await spikesAsWritten('the float64 oracle', float64);
        await spikesAsWritten('the float32 oracle', float32);
        await spikesAsWritten('the backend', b);
      },
    },
    {
      name: 'states of the golden neurons, bit for bit',
      needs: EXACT_F32,
      async run(c) {
        const want = await simulate(c.float32);
        const got = await simulate(c.b);
        got.forEach((s, t) => {
          checkNumbers(c, `current of the golden neurons at step ${t}`, s.current, want[t].current);
          checkNumbers(c, `voltage of the golden neurons at step ${t}`, s.voltage, want[t].voltage);
          checkNumbers(c, `spikes of the golden neurons at step ${t}`, s.spikes, want[t].spikes);
        });
      },
    },
    {
      name: 'golden neurons step by step from the oracle',
      async run(c) {
        const { b, float64, supports } = c;
        const want = await simulate(float64);
        const zero = new Array<number>(NEURONS).fill(0);
        const weights = b.fromData(WEIGHTS, [INPUTS, NEURONS]);
        for (let t = 0; t < STEPS; t++) {
          const state = (x: ArrayLike<number> | undefined): number[] => Array.from(x ?? zero);
          const before = { current: state(want[t - 1]?.current), after: state(want[t - 1]?.after) };
          const input = b.fromData(inputAt(t), [1, INPUTS]);
          const s = step(b, input, weights, b.fromData(before.current, [1, NEURONS]), b.fromData(before.after, [1, NEURONS]));
          const [voltage, spikes] = [await b.read(s.voltage), await b.read(s.spikes)];
          for (let n = 0; n < NEURONS; n++) {
            // ten roundings lie between the state and the voltage, each of numbers not larger than this
            const size = Math.abs(before.after[n]) + Math.abs(before.current[n]) + INPUTS * 4;
            const error = 10 * Math.max(supports.relativeError, 2 ** -24) * size;
            const exact = want[t].voltage[n];
            check(
              Math.abs(voltage[n] - exact) <= error,
              `voltage of golden neuron ${n} at step ${t}: expected ${exact} within ${error.toExponential(2)}, got ${voltage[n]}.`,
            );
            check(
              spikes[n] === want[t].spikes[n] || Math.abs(exact - 1) <= error,
              `golden neuron ${n} at step ${t}, voltage ${exact}: expected ${want[t].spikes[n]}, got ${spikes[n]}.`,
            );
          }
        }
      },
    },
  ],
};
