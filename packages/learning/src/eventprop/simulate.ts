/** The forward pass of EventProp: exact spike times of one sample, from event to event. */
import { argumentError } from '@snn/core';
import { propagator, timeToSpike } from './membrane.ts';
import type { EventLayer } from './network.ts';

/** A spike and what its derivative needs. */
export interface Spike {
  /** s, from the start of the sample. */
  readonly time: number;
  readonly layer: number;
  readonly neuron: number;
  /** dV/dt just before it, 1/s. */
  readonly slope: number;
}

/** What one sample gives. */
export interface Simulated {
  /** Spikes by the step that they fall into, in order. */
  readonly spikes: readonly (readonly Spike[])[];
  /** Membranes of the last layer at the end of each step, `[T, C]`. */
  readonly membranes: Float64Array;
}

/** Spikes per neuron and step above which a network counts as running away. */
const MOST = 1000;

/**
 * Run one sample: the inputs of step t arrive at t dt, and step t ends at (t + 1) dt.
 *
 * @param inputs `[T, I]`; what is not 0 is an event of that size.
 * @throws an `argument` error when neurons excite each other without bound.
 */
export function simulate(layers: readonly EventLayer[], inputs: Float64Array, steps: number, dt: number): Simulated {
  const membranes = layers.map(({ size }) => new Float64Array(size));
  const currents = layers.map(({ size }) => new Float64Array(size));
  const last = layers.length - 1;
  const out = new Float64Array(steps * layers[last].size);
  const most = MOST * layers.reduce((sum, { size }) => sum + size, 0);

  const advance = (s: number): void => {
    for (const [l, { dynamics }] of layers.entries()) {
      const [membrane, current, coupling] = propagator(dynamics, s);
      const [v, i] = [membranes[l], currents[l]];
      for (let n = 0; n < v.length; n++) {
        v[n] = v[n] * membrane + i[n] * coupling;
        i[n] *= current;
      }
    }
  };
  const spikes = Array.from({ length: steps }, (_, t): readonly Spike[] => {
    const [first] = layers;
    for (let k = 0; k < first.inputs; k++) {
      const x = inputs[t * first.inputs + k];
      if (x !== 0) addRow(currents[0], first.weight, k, x);
    }
    const found: Spike[] = [];
    let now = 0;
    for (;;) {
      let [soonest, layer, neuron] = [dt - now, -1, -1];
      for (const [l, { dynamics }] of layers.entries()) {
        for (let n = 0; n < membranes[l].length; n++) {
          if (!(currents[l][n] > dynamics.threshold)) continue;
          const s = timeToSpike(dynamics, membranes[l][n], currents[l][n], dt - now);
          if (s < soonest) [soonest, layer, neuron] = [s, l, n];
        }
      }
      advance(soonest);
      if (layer < 0) break;
      now += soonest;
      const { dynamics, recurrent } = layers[layer];
      found.push({ time: t * dt + now, layer, neuron, slope: (currents[layer][neuron] - dynamics.threshold) / dynamics.tau });
      if (found.length > most)
        throw argumentError(
          `eventprop: more than ${MOST} spikes per neuron in step ${t}; recurrent weights excite without bound, make them smaller.`,
        );
      membranes[layer][neuron] = 0;
      if (layer < last) addRow(currents[layer + 1], layers[layer + 1].weight, neuron, 1);
      if (recurrent) addRow(currents[layer], recurrent, neuron, 1);
    }
    out.set(membranes[last], t * layers[last].size);
    return found;
  });
  return { spikes, membranes: out };
}

/** current += x row of weight. */
function addRow(current: Float64Array, weight: Float64Array, row: number, x: number): void {
  for (let n = 0; n < current.length; n++) current[n] += x * weight[row * current.length + n];
}
