/**
 * Short-term plasticity of Tsodyks and Makram: a synapse that tires and warms up. It takes spikes and sends them on with the strength that
 * the synapse has at that moment.
 *
 *   tauFacilitation du/dt = -u                 use of the resources
 *   tauDepression   dx/dt = 1 - x              resources left
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   u' = u - kappa(tauFacilitation) u + utilization (1 - u) z
 *   y  = u' x z
 *   x' = x + kappa(tauDepression) (1 - x) - y
 *
 * Source: Tsodyks, Pawelzik, Markram, Neural networks with dynamic synapses, Neural Computation 10 (1998).
 */
import {
  type Backend,
  checkNeuron,
  type Decay,
  leakRate,
  type NeuronModel,
  type Parameters,
  rest,
  type State,
  type StepResult,
  type TensorMeta,
} from '@snn/core';

/** `tauFacilitation`, `tauDepression` in s; `utilization` without unit, 0 to 1. */
export type TsodyksMakramParameters<T> = Parameters<'tauFacilitation' | 'tauDepression' | 'utilization', T>;

/** Use `u` and resources `x` of the synapses, both `[B, ...N]`. */
export type TsodyksMakramState<T> = State<'u' | 'x', T>;

/** Static options. */
export interface TsodyksMakramOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** How u falls and x recovers. */
  readonly decay: Decay;
}

/** 1 ms, exponential. */
export const TSODYKS_MAKRAM_DEFAULTS: TsodyksMakramOptions = { dt: 1e-3, decay: 'exponential' };

/** One step: spikes `[B, ...N]` to weighted spikes `[B, ...N]` and the next state. */
export function tsodyksMakramStep<T extends TensorMeta>(
  b: Backend<T>,
  { tauFacilitation, tauDepression, utilization }: TsodyksMakramParameters<T>,
  { u, x }: TsodyksMakramState<T>,
  input: T,
  { dt, decay }: TsodyksMakramOptions = TSODYKS_MAKRAM_DEFAULTS,
): StepResult<TsodyksMakramState<T>, T> {
  const used = b.add(b.sub(u, b.mul(leakRate(b, dt, tauFacilitation, decay), u)), b.mul(b.mul(utilization, b.sub(1, u)), input));
  const y = b.mul(b.mul(used, x), input);
  const left = b.sub(b.add(x, b.mul(leakRate(b, dt, tauDepression, decay), b.sub(1, x))), y);
  return [y, { u: used, x: left }];
}

/** The model as data: what `@snn/nn` makes a layer of. The defaults depress; 0.75 s, 0.05 s and 0.15 facilitate. */
export const tsodyksMakram: NeuronModel<keyof TsodyksMakramParameters<unknown>, keyof TsodyksMakramState<unknown>, TsodyksMakramOptions> = {
  name: 'tsodyksMakram',
  parameters: {
    tauFacilitation: { default: 50e-3, unit: 's', constraint: 'positive', description: 'time constant with which the use u falls to 0' },
    tauDepression: {
      default: 0.75,
      unit: 's',
      constraint: 'positive',
      description: 'time constant with which the resources x recover to 1',
    },
    utilization: { default: 0.45, unit: '1', constraint: 'unit', description: 'part of the unused resources that a spike puts to use' },
  },
  states: ['u', 'x'],
  options: TSODYKS_MAKRAM_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(tsodyksMakram, { decay: ['exponential', 'euler'] }, parameters, options, state, input),
  initialState: (b, _, shape) => ({ u: rest(b, 0, shape), x: rest(b, 1, shape) }),
  step: tsodyksMakramStep,
};

/** norse `stp_step`. */
export const TSODYKS_MAKRAM_NORSE: TsodyksMakramOptions = { dt: 1e-3, decay: 'euler' };
