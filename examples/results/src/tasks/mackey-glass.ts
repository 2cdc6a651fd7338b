/** The Mackey-Glass series of NeuroBench: learn to predict the next sample, then go on alone for ten Lyapunov times. */
import { cpu } from '@snn/backend-cpu';
import { type Backend, type Key, split, type TensorMeta, uniform } from '@snn/core';
import { createModel, type Layer, leaky, linear, type Model, sequential, traceLi } from '@snn/nn';
import type { Evidence, Measured, Wanted } from '../evidence.ts';
import { ridge } from '../ridge.ts';
import { mackeyGlass, POINTS_PER_LYAPUNOV_TIME } from './mackey-glass-series.ts';

/** Samples to learn from, at first without a target, and to go on alone; 10, 0.6 and 10 Lyapunov times. */
const [TRAINED, WARM_UP, ALONE] = [10 * POINTS_PER_LYAPUNOV_TIME, 45, 10 * POINTS_PER_LYAPUNOV_TIME];
/** Each run begins half a Lyapunov time later, as in NeuroBench's repeats. */
const OFFSET = POINTS_PER_LYAPUNOV_TIME / 2;
/** Samples that the network sees, and steps for which it sees them. */
const [WINDOW, STEPS] = [10, 60];
const [BETA, THRESHOLD, MEAN] = [0.9, 0.25, 0.93];
const STRENGTH = 1e-6;

/** Weights of four neighbouring samples in a cubic through them, at `x` steps after the first. */
function cubic(x: number): number[] {
  return [0, 1, 2, 3].map((j) => [0, 1, 2, 3].reduce((product, k) => (k === j ? product : (product * (x - k)) / (j - k)), 1));
}

/** Synapses by which each neuron sees the series at a random delay, between samples by a cubic: half of them fire above a random value of it, half below. */
const tuned = (neurons: number): Layer => ({
  ...linear(WINDOW, neurons),
  init<T extends TensorMeta>(b: Backend<T>, key: Key) {
    const [signs, values, delays] = split(key, 3);
    const sign = uniform(signs, neurons, -1, 1).map((x) => (x < 0 ? -1 : 1));
    const value = uniform(values, neurons, 0.15, 1.45);
    const weight = new Float32Array(WINDOW * neurons);
    for (const [n, delay] of uniform(delays, neurons, 0, WINDOW - 1).entries()) {
      const first = Math.min(Math.max(Math.floor(delay) - 1, 0), WINDOW - 4);
      for (const [j, share] of cubic(delay - first).entries()) weight[(first + j) * neurons + n] = 4 * sign[n] * (1 - BETA) * share;
    }
    const bias = sign.map((s, n) => (THRESHOLD - 4 * s * value[n]) * (1 - BETA));
    return { weight: b.fromData(weight, [WINDOW, neurons]), bias: b.fromData(bias, [neurons]) };
  },
});

const network = (neurons: number): Layer =>
  sequential(tuned(neurons), leaky(neurons, { beta: BETA, threshold: THRESHOLD }), traceLi(neurons, { beta: BETA }));

/** Windows that the network sees together. */
const TOGETHER = 47;

/** What the readout sees for each window `[WINDOW]`: traces of spikes, the window itself and a constant. */
async function features(model: Pick<Model, 'predict'>, windows: readonly ArrayLike<number>[]): Promise<readonly Float64Array[]> {
  const rows: Float64Array[] = [];
  for (let from = 0; from < windows.length; from += TOGETHER) {
    const some = windows.slice(from, from + TOGETHER);
    const data = Float32Array.from(some.flatMap((window) => Array.from(window)));
    const held = new Float32Array(STEPS * data.length);
    for (let t = 0; t < STEPS; t++) held.set(data, t * data.length);
    const outputs = await model.predict({ data: held, shape: [STEPS, some.length, WINDOW] });
    const neurons = outputs.shape[2];
    const last = outputs.data.subarray((STEPS - 1) * some.length * neurons);
    for (const [i, window] of some.entries())
      rows.push(
        Float64Array.of(...last.subarray(i * neurons, (i + 1) * neurons).map((x) => x / 10), ...Array.from(window, (x) => x - MEAN), 1),
      );
  }
  return rows;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

async function run({ seed, short, progress }: Wanted): Promise<Measured> {
  const neurons = short ? 300 : 3000;
  const alone = short ? 2 * POINTS_PER_LYAPUNOV_TIME : ALONE;
  const offset = Math.round((seed - 1) * OFFSET);
  const series = mackeyGlass(offset + TRAINED + ALONE + 1).subarray(offset);
  const model = await createModel(network(neurons), { backend: await cpu(), seed });
  const window = (values: ArrayLike<number>, end: number): number[] => Array.from({ length: WINDOW }, (_, lag) => values[end - 1 - lag]);

  progress('learning');
  const ends = Array.from({ length: TRAINED - WARM_UP }, (_, i) => WARM_UP + i);
  const rows = await features(
    model,
    ends.map((end) => window(series, end)),
  );
  const weights = ridge(
    rows,
    ends.map((end) => series[end] - series[end - 1]),
    STRENGTH,
  );

  // the first sample of the test is still given, as in NeuroBench
  const values = Array.from(series.subarray(0, TRAINED + 1));
  const points: [number, number][] = [];
  let sum = 0;
  let horizon = alone;
  for (let k = 1; k <= alone; k++) {
    progress(`sample ${k} of ${alone} alone`);
    const [row] = await features(model, [window(values, values.length)]);
    const guess = values[values.length - 1] + dot(row, weights);
    const truth = series[TRAINED + k];
    values.push(guess);
    sum += Math.abs(guess - truth) / (Math.abs(guess) + Math.abs(truth));
    if (Math.abs(guess - truth) > 0.1) horizon = Math.min(horizon, k);
    points.push([k, (200 * sum) / k]);
  }
  const { executedBy } = model;
  model.dispose();
  return {
    score: (200 * sum) / alone,
    curves: [{ name: 'sMAPE so far', points }],
    details: { 'Lyapunov times until an error of 0.1': horizon / POINTS_PER_LYAPUNOV_TIME },
    executedBy,
  };
}

export const mackeyGlassTask: Evidence = {
  name: 'mackey-glass',
  title: 'Mackey-Glass',
  task: 'A chaotic series with 75 samples per Lyapunov time: learn from 10 Lyapunov times to predict the next sample, then go on from own predictions for 10 more. The figure is the symmetric mean absolute percentage error of these 750 samples.',
  unit: 'sMAPE',
  needs: null,
  variants: [
    {
      name: '3000 LIF, ridge regression',
      published: { score: 14.79, source: 'NeuroBench (Yik et al., 2025): echo state network' },
      shortGoal: 12,
      run,
    },
  ],
  remarks:
    'NeuroBench has 14.79 for an echo state network and 13.37 for an LSTM. Here 3000 random neurons see the series for 60 steps, each at a random delay of up to nine samples, and only the readout is learnt, by ridge regression. What counts is how fine the code is: with 1000 neurons that see whole samples for 20 steps the figure was 24, since the paths part after one Lyapunov time; from where they part, the figure is that of two unrelated pieces of the attractor, and luck decides on half of it. Number of neurons, steps and strength were chosen on other offsets of the series (seeds 11 to 16: 13.1 on average). The series is integrated here, NeuroBench hands its own out as a file; seeds are its repeats, half a Lyapunov time apart.',
};
