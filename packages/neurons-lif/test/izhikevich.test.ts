// The named behaviours: each shows what it is called after, under the input that its docstring names.

import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import {
  IZHIKEVICH_BEHAVIOURS,
  IZHIKEVICH_DEFAULTS,
  IZHIKEVICH_NORSE,
  type IzhikevichBehaviourName,
  izhikevich,
  izhikevichStep,
} from '../src/index.ts';

const b = plainCpu();

/** Times of spikes (ms) and the membrane at every step. */
function run(name: IzhikevichBehaviourName, milliseconds: number, input: (ms: number) => number) {
  const { parameters, dt } = IZHIKEVICH_BEHAVIOURS[name];
  const options = { ...IZHIKEVICH_DEFAULTS, dt };
  let state = izhikevich.initialState(b, parameters, [1, 1], options);
  const times: number[] = [];
  const v: number[] = [];
  for (let n = 0; n * dt * 1e3 <= milliseconds; n++) {
    const ms = n * dt * 1e3;
    const [z, next] = izhikevichStep(b, parameters, state, b.fromData([input(ms)], [1, 1]), options);
    state = next;
    v.push(b.readSync(state.v)[0]);
    if (b.readSync(z)[0]) times.push(ms);
  }
  return { times, v, at: (ms: number): number => v[Math.round(ms / (dt * 1e3))] };
}

const during = (from: number, length: number, height: number) => (ms: number) => (ms >= from && ms < from + length ? height : 0);
const from = (start: number, height: number) => (ms: number) => (ms > start ? height : 0);
const gaps = (times: readonly number[]): number[] => times.slice(1).map((t, n) => t - times[n]);
const count = (times: readonly number[], start: number, end: number): number => times.filter((t) => t > start && t < end).length;

test('there are twenty', () => {
  expect(Object.keys(IZHIKEVICH_BEHAVIOURS)).toHaveLength(20);
});

test('tonic spiking under 14: the steps of the spikes, and what follows the last of them', () => {
  const { parameters } = IZHIKEVICH_BEHAVIOURS.tonicSpiking;
  let state = izhikevich.initialState(b, parameters, [1, 1], IZHIKEVICH_DEFAULTS);
  const spikes: number[] = [];
  const v: number[] = [];
  const u: number[] = [];
  for (let t = 0; t < 400; t++) {
    // norse counts in steps of 1 ms and 1 / tau = 250 / s
    const [z, next] = izhikevichStep(b, { ...parameters, tau: 1 / 250 }, state, b.fromData([14], [1, 1]), IZHIKEVICH_NORSE);
    state = next;
    if (b.readSync(z)[0]) spikes.push(t);
    v.push(b.readSync(state.v)[0]);
    u.push(b.readSync(state.u)[0]);
  }
  expect(spikes).toEqual([11, 27, 82, 192, 301]);
  for (const t of spikes) expect(v[t]).toBe(-65);
  for (const [t, x] of [-66.5, -63.4025, -60.4577, -57.481].entries()) expect(v[t]).toBeCloseTo(x, 3);
  for (const [t, x] of [-14, -13.9965, -13.9899, -13.9804].entries()) expect(u[t]).toBeCloseTo(x, 3);
});

test('spiking: tonic, phasic, adapting, of class 1 and of class 2', () => {
  expect(count(run('tonicSpiking', 300, from(10, 14)).times, 200, 300)).toBeGreaterThan(2);
  expect(run('phasicSpiking', 300, from(20, 0.5)).times).toHaveLength(1);
  const adapting = gaps(run('spikeFrequencyAdaptation', 85, from(8.5, 30)).times);
  for (const [n, gap] of adapting.slice(1).entries()) expect(gap).toBeGreaterThanOrEqual(adapting[n]);
  expect(adapting[adapting.length - 1]).toBeGreaterThan(5 * adapting[0]);
  const rare = gaps(run('class1Excitability', 300, (ms) => 0.075 * Math.max(ms - 30, 0)).times);
  const often = gaps(run('class2Excitability', 300, (ms) => -0.5 + 0.015 * Math.max(ms - 30, 0)).times);
  expect(rare[0]).toBeGreaterThan(2 * rare[rare.length - 1]);
  expect(often[0]).toBeLessThan(rare[0] / 1.5);
});

test('bursting: tonic, phasic and mixed', () => {
  const tonic = gaps(run('tonicBursting', 220, from(22, 15)).times);
  expect(tonic.filter((gap) => gap > 20).length).toBeGreaterThanOrEqual(3);
  expect(tonic.filter((gap) => gap < 8).length).toBeGreaterThan(12);
  const phasic = run('phasicBursting', 300, from(20, 0.6)).times;
  expect(phasic.length).toBeGreaterThan(4);
  expect(count(phasic, 100, 300)).toBe(0);
  const mixed = gaps(run('mixedMode', 160, from(16, 10)).times);
  expect(mixed[0]).toBeLessThan(5);
  for (const gap of mixed.slice(2)) expect(gap).toBeGreaterThan(25);
});

test('answers to short inputs: latency, oscillation, resonance, integration', () => {
  const [late, ...none] = run('spikeLatency', 100, during(10, 3.5, 7.04)).times;
  expect(none).toEqual([]);
  expect(late).toBeGreaterThan(13.5);
  const { times, v } = run('subthresholdOscillation', 200, during(20, 5, 2));
  expect(times).toHaveLength(1);
  const rest = v[v.length - 1];
  const after = v.slice(200);
  const crossings = after.filter((x, n) => n > 0 && x > rest !== after[n - 1] > rest).length;
  expect(crossings).toBeGreaterThan(4);
  const pair = (name: IzhikevichBehaviourName, length: number, height: number, apart: number) =>
    run(name, 150, (ms) => during(40, length, height)(ms) + during(40 + apart, length, height)(ms)).times.length;
  expect([pair('resonator', 4, 0.65, 40), pair('resonator', 4, 0.65, 20)]).toEqual([1, 0]);
  expect([pair('integrator', 2, 9, 5), pair('integrator', 2, 9, 10)]).toEqual([1, 0]);
});

test('rebounds, thresholds that vary, two states, after-potentials', () => {
  const rebound = run('reboundSpike', 200, during(20, 5, -15)).times;
  expect(rebound).toHaveLength(1);
  expect(rebound[0]).toBeGreaterThan(25);
  expect(run('reboundBurst', 200, during(20, 5, -15)).times.length).toBeGreaterThan(5);
  const weak = during(80, 5, 1);
  expect(run('thresholdVariability', 130, weak).times).toEqual([]);
  expect(run('thresholdVariability', 130, (ms) => weak(ms) + during(70, 5, -6)(ms)).times).toHaveLength(1);
  expect(run('bistability', 300, () => 0.24).times).toEqual([]);
  expect(count(run('bistability', 400, (ms) => 0.24 + during(37.5, 5, 1)(ms)).times, 250, 400)).toBeGreaterThan(2);
  const { times, at } = run('depolarizingAfterPotential', 50, during(9.45, 1.1, 20));
  expect(times).toHaveLength(1);
  expect(at(times[0] + 1)).toBeGreaterThan(-60);
  expect(at(45)).toBeCloseTo(-70, 1);
});

test('inhibition makes some fire', () => {
  const relieved = (ms: number): number => (ms > 50 && ms < 250 ? 75 : 80);
  for (const name of ['inhibitionInducedSpiking', 'inhibitionInducedBursting'] as const) {
    expect(run(name, 350, () => 80).times, name).toEqual([]);
    expect(count(run(name, 350, relieved).times, 50, 250), name).toBeGreaterThan(2);
  }
  expect(run('accommodation', 320, during(300, 12.5, 4)).times.length).toBeGreaterThan(0);
});
