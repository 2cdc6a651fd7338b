/**
 * The twenty behaviours of Izhikevich's neuron by name: parameters, and the step with which they were published. Which input shows a behaviour
 * stands with it.
 *
 * Source: Izhikevich, Which model to use for cortical spiking neurons?, IEEE Transactions on Neural Networks 15 (2004), figure 1; steps and
 * starts as in norse.
 */
import type { IzhikevichParameters } from './izhikevich.ts';

/** Parameters and step of one behaviour. */
export interface IzhikevichBehaviour {
  readonly parameters: IzhikevichParameters<never>;
  /** Length of a step, s. */
  readonly dt: number;
}

const behaviour = (
  [a, b, c, d]: readonly [number, number, number, number],
  startV: number,
  { dt = 0.25e-3, startU = b * startV, linear = 5, constant = 140 } = {},
): IzhikevichBehaviour => ({
  parameters: { a, b, c, d, square: 0.04, linear, constant, threshold: 30, tau: 1e-3, startV, startU },
  dt,
});

/** Names of the behaviours. */
export type IzhikevichBehaviourName =
  | 'tonicSpiking'
  | 'phasicSpiking'
  | 'tonicBursting'
  | 'phasicBursting'
  | 'mixedMode'
  | 'spikeFrequencyAdaptation'
  | 'class1Excitability'
  | 'class2Excitability'
  | 'spikeLatency'
  | 'subthresholdOscillation'
  | 'resonator'
  | 'integrator'
  | 'reboundSpike'
  | 'reboundBurst'
  | 'thresholdVariability'
  | 'bistability'
  | 'depolarizingAfterPotential'
  | 'accommodation'
  | 'inhibitionInducedSpiking'
  | 'inhibitionInducedBursting';

/** `izhikevich(n, { ...behaviour.parameters, dt: behaviour.dt })` is a layer of neurons that behave so. */
export const IZHIKEVICH_BEHAVIOURS: Readonly<Record<IzhikevichBehaviourName, IzhikevichBehaviour>> = /* @__PURE__ */ (() => ({
  /** Input 14: spikes as long as it lasts. */
  tonicSpiking: behaviour([0.02, 0.2, -65, 6], -70),
  /** Input 0.5: one spike at its beginning. */
  phasicSpiking: behaviour([0.02, 0.25, -65, 6], -64),
  /** Input 15: bursts of spikes as long as it lasts. */
  tonicBursting: behaviour([0.02, 0.2, -50, 2], -70),
  /** Input 0.6: one burst at its beginning. */
  phasicBursting: behaviour([0.02, 0.25, -55, 0.05], -64, { dt: 0.2e-3 }),
  /** Input 10: a burst, then single spikes. */
  mixedMode: behaviour([0.02, 0.2, -55, 4], -70),
  /** Input 30: spikes that become rarer. */
  spikeFrequencyAdaptation: behaviour([0.01, 0.2, -65, 8], -70),
  /** A rising input: spikes that begin rarely and become more frequent with it. */
  class1Excitability: behaviour([0.02, -0.1, -55, 6], -60, { linear: 4.1, constant: 108 }),
  /** A rising input: spikes that begin frequently. */
  class2Excitability: behaviour([0.2, 0.26, -65, 0], -64),
  /** Input 7 for 3.5 ms: one spike, only after it. */
  spikeLatency: behaviour([0.02, 0.2, -65, 6], -70),
  /** Input 2 for 5 ms: one spike, then a damped oscillation below the threshold. */
  subthresholdOscillation: behaviour([0.05, 0.26, -60, 0], -62),
  /** Two inputs of 0.65 for 4 ms: a spike if they come 40 ms apart, none at 20 ms. */
  resonator: behaviour([0.1, 0.26, -60, -1], -62),
  /** Two inputs of 9 for 2 ms: a spike if they come 5 ms apart, none at 10 ms. */
  integrator: behaviour([0.02, -0.1, -55, 6], -60, { linear: 4.1, constant: 108 }),
  /** Input -15 for 5 ms: one spike, long after it. */
  reboundSpike: behaviour([0.03, 0.25, -60, 4], -64, { dt: 0.2e-3 }),
  /** Input -15 for 5 ms: a burst, long after it. */
  reboundBurst: behaviour([0.03, 0.25, -52, 0], -64, { dt: 0.2e-3 }),
  /** Input 1 for 5 ms is too weak alone, but not 5 ms after one of -6. */
  thresholdVariability: behaviour([0.03, 0.25, -60, 4], -64),
  /** Input 0.24 leaves it at rest; 1.24 for 5 ms makes it fire for ever. */
  bistability: behaviour([0.1, 0.26, -60, 0], -61),
  /** Input 20 for 1 ms: one spike, after which the membrane stays raised for a while. */
  depolarizingAfterPotential: behaviour([1, 0.2, -60, -21], -70, { dt: 0.1e-3 }),
  /**
   * Fast ramps make it fire. That slow ones do not needs another equation, du/dt = a b (v + 65), which neither norse nor this model has: here
   * they do.
   */
  accommodation: behaviour([0.02, 1, -55, 4], -65, { dt: 0.5e-3, startU: -16 }),
  /** Input 80 at rest: silent; 75, which is less: spikes. */
  inhibitionInducedSpiking: behaviour([-0.02, -1, -60, 8], -63.8),
  /** Input 80 at rest: silent; 75, which is less: fires, ever faster, and does not stop when the input returns. */
  inhibitionInducedBursting: behaviour([-0.026, -1, -45, -2], -63.8),
}))();
