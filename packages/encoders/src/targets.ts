/**
 * Targets: what outputs should be, from labels. For spikes with `on: 1, off: 0`; for membranes with any others. After snnTorch's `spikegen`, without
 * its exceptions: `off` is `off` also where it is larger than `on` or below 0, and rates of incorrect classes may be other than 0.
 */
import { argumentError, type Backend, checkNames, oneHot, type TensorMeta } from '@snn/core';
import { type LatencyOptions, latency } from './latency.ts';
import { checkSteps } from './rate.ts';

/** Values of a target. */
export interface Levels {
  /** At a spike, or of the correct class. Default 1. */
  readonly on?: number;
  /** Elsewhere. Default 0. */
  readonly off?: number;
}

function checkRate(name: string, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw argumentError(`${name} must be a rate from 0 to 1 spikes per step, but is ${rate}.`);
}

/** Steps of regular spikes: whole parts of first, first + 1 / rate, ...; rounded to float32 first, so that 3 times 1 / 0.3 is 10. */
function regularTimes(steps: number, rate: number, first: number): readonly number[] {
  if (rate === 0) return [];
  const times = Array.from({ length: Math.ceil((steps - first) * rate) + 1 }, (_, k) => Math.floor(Math.fround(first + k * (1 / rate))));
  return times.filter((step) => step < steps);
}

/** 0 ... 1 over time: 1 at each spike, and between spikes either 0 or a straight rise. */
function profile(steps: number, times: readonly number[], interpolate: boolean): Float64Array {
  const y = new Float64Array(steps);
  let last = -1;
  for (const time of times) {
    if (time <= last) continue;
    const rise = time - last - 1;
    if (interpolate) for (let k = 1; k < rise; k++) y[last + 1 + k] = k / rise;
    y[time] = 1;
    last = time;
  }
  return y;
}

/** Levels over time from a profile of 0 ... 1. */
const between = (y: Float64Array, on: number, off: number): Float64Array => y.map((x) => off + (on - off) * x);

/**
 * Spikes at equal distances, `[T]`: at the whole parts of `first`, `first + 1 / rate`, ... steps.
 *
 * @param rate spikes per step, 0 to 1
 * @param first step of the first spike
 * @throws an `argument` error when `steps`, `rate` or `first` is out of range.
 */
export function regularSpikes<T extends TensorMeta>(b: Backend<T>, steps: number, rate: number, first = 0): T {
  checkSteps('regularSpikes', steps);
  checkRate('regularSpikes: rate', rate);
  checkFirst('regularSpikes', first, steps);
  return b.fromData(profile(steps, regularTimes(steps, rate, first), false), [steps]);
}

function checkFirst(name: string, first: number, steps: number): void {
  if (!(Number.isInteger(first) && first >= 0 && first < steps))
    throw argumentError(`${name}: first must be a step from 0 to ${steps - 1}, but is ${first}.`);
}

/**
 * A saw tooth, `[T]`: `on` at each of `times`, before it a straight rise from `off`, which begins one step after the spike before; `off` after the
 * last. A target for the membrane of a neuron that fires at `times`.
 *
 * @param times steps, ascending
 * @throws an `argument` error when `times` are not steps in ascending order.
 */
export function sawtooth<T extends TensorMeta>(b: Backend<T>, times: readonly number[], steps: number, levels: Levels = {}): T {
  checkNames('sawtooth', levels, ['on', 'off']);
  const { on = 1, off = 0 } = levels;
  checkSteps('sawtooth', steps);
  if (!times.every((time, k) => Number.isInteger(time) && time >= 0 && time < steps && (k === 0 || time > times[k - 1])))
    throw argumentError(`sawtooth: times must be ascending steps from 0 to ${steps - 1}, but are ${times.join(', ')}.`);
  return b.fromData(between(profile(steps, times, true), on, off), [steps]);
}

/**
 * One value per class, `[B] -> [B, C]`: `on` for the label, `off` for all others.
 *
 * @param labels whole numbers from 0 to classes - 1
 */
export function targetOneHot<T extends TensorMeta>(b: Backend<T>, labels: T, classes: number, levels: Levels = {}): T {
  checkNames('targetOneHot', levels, ['on', 'off']);
  const { on = 1, off = 0 } = levels;
  return b.where(oneHot(b, labels, classes), on, off);
}

/** Options of `targetRate`. */
export interface TargetRateOptions extends Levels {
  /** Spikes per step of the correct class, 0 to 1. Default 1. */
  readonly correct?: number;
  /** Spikes per step of all other classes, 0 to `correct`. Default 0. */
  readonly incorrect?: number;
  /** Step of the first spike. Default 0. */
  readonly first?: number;
  /** Whether the target rises from spike to spike (`sawtooth`) instead of jumping. Default false. */
  readonly interpolate?: boolean;
}

/**
 * Regular spikes of each class, `[B] -> [T, B, C]`, at one rate for the label and another for the rest.
 *
 * @param labels whole numbers from 0 to classes - 1
 * @throws an `argument` error when a rate or `first` is out of range.
 */
export function targetRate<T extends TensorMeta>(
  b: Backend<T>,
  labels: T,
  classes: number,
  steps: number,
  options: TargetRateOptions = {},
): T {
  checkNames('targetRate', options, ['correct', 'incorrect', 'first', 'interpolate', 'on', 'off']);
  const { correct = 1, incorrect = 0, first = 0, interpolate = false, on = 1, off = 0 } = options;
  checkSteps('targetRate', steps);
  checkRate('targetRate: correct', correct);
  checkRate('targetRate: incorrect', incorrect);
  if (incorrect > correct) throw argumentError(`targetRate: incorrect is ${incorrect}, more than correct, ${correct}; exchange them.`);
  checkFirst('targetRate', first, steps);
  const [yes, no] = [correct, incorrect].map((rate) =>
    b.fromData(between(profile(steps, regularTimes(steps, rate, first), interpolate), on, off), [steps, ...labels.shape.map(() => 1), 1]),
  );
  const label = oneHot(b, labels, classes);
  return b.where(b.reshape(label, [1, ...label.shape]), yes, no);
}

/**
 * One spike per class, `[B] -> [T, B, C]`: that of the label as early as can be, the others as late as the latency code puts a 0.
 *
 * @param labels whole numbers from 0 to classes - 1
 * @throws what `latency` throws.
 */
export const targetLatency = <T extends TensorMeta>(
  b: Backend<T>,
  labels: T,
  classes: number,
  steps: number,
  options: LatencyOptions & { readonly clip?: boolean } = {},
): T => latency(b, oneHot(b, labels, classes), steps, options);
