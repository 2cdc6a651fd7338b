/** The forward pass of EventProp: exact spike times of one sample, from event to event. */
import { argumentError } from '@snn/core';
import { largestCoupling, propagator, timeToSpike } from './membrane.ts';
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
 * Run one sample: the inputs of step t arrive at t dt, and step t ends at (t + 1) dt. When a neuron will fire is worked out only where its current
 * jumps or it has fired; between events it runs as foreseen.
 *
 * @param inputs `[T, I]`; what is not 0 is an event of that size.
 * @throws an `argument` error when neurons excite each other without bound.
 */
export function simulate(layers: readonly EventLayer[], inputs: Float64Array, steps: number, dt: number): Simulated {
  const membranes = layers.map(({ size }) => new Float64Array(size));
  const currents = layers.map(({ size }) => new Float64Array(size));
  const due = layers.map(({ size }) => new Float64Array(size).fill(Infinity));
  const last = layers.length - 1;
  const out = new Float64Array(steps * layers[last].size);
  const most = MOST * layers.reduce((sum, { size }) => sum + size, 0);
  const end = steps * dt;

  let now = 0;
  const advance = (until: number): void => {
    for (const [l, { dynamics }] of layers.entries()) {
      const [membrane, current, coupling] = propagator(dynamics, until - now);
      const [v, i] = [membranes[l], currents[l]];
      for (let n = 0; n < v.length; n++) {
        v[n] = v[n] * membrane + i[n] * coupling;
        i[n] *= current;
      }
    }
    now = until;
  };
  const couplings = layers.map(({ dynamics }) => largestCoupling(dynamics));
  const foresee = (l: number): void => {
    const { dynamics } = layers[l];
    const [v, i] = [membranes[l], currents[l]];
    for (let n = 0; n < v.length; n++) {
      const within = Math.max(v[n], 0) + i[n] * couplings[l] >= dynamics.threshold;
      due[l][n] = within ? now + timeToSpike(dynamics, v[n], i[n], end - now) : Infinity;
    }
  };
  const spikes = Array.from({ length: steps }, (_, t): readonly Spike[] => {
    const [first] = layers;
    let arrived = false;
    for (let k = 0; k < first.inputs; k++) {
      const x = inputs[t * first.inputs + k];
      if (x === 0) continue;
      addRow(currents[0], first.weight, k, x);
      arrived = true;
    }
    if (arrived) foresee(0);
    const found: Spike[] = [];
    for (;;) {
      let [soonest, layer, neuron] = [(t + 1) * dt, -1, -1];
      for (let l = 0; l < due.length; l++) {
        const times = due[l];
        for (let n = 0; n < times.length; n++) if (times[n] < soonest) [soonest, layer, neuron] = [times[n], l, n];
      }
      advance(soonest);
      if (layer < 0) break;
      const { dynamics, recurrent } = layers[layer];
      found.push({ time: now, layer, neuron, slope: (currents[layer][neuron] - dynamics.threshold) / dynamics.tau });
      if (found.length > most)
        throw argumentError(
          `eventprop: more than ${MOST} spikes per neuron in step ${t}; recurrent weights excite without bound, make them smaller.`,
        );
      membranes[layer][neuron] = 0;
      if (layer < last) {
        addRow(currents[layer + 1], layers[layer + 1].weight, neuron, 1);
        foresee(layer + 1);
      }
      if (recurrent) {
        addRow(currents[layer], recurrent, neuron, 1);
        foresee(layer);
      } else due[layer][neuron] = now + timeToSpike(dynamics, 0, currents[layer][neuron], end - now);
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
