/**
 * The conductance-based leaky integrate-and-fire neuron: a spike that comes in opens channels, and the current through them depends on how far
 * the membrane is from their reversal potential.
 *
 *   capacitance dv/dt = leakConductance (leak - v) + e (reversalExcitatory - v) + i (reversalInhibitory - v)
 *   tauExcitatory de/dt = -e,   tauInhibitory di/dt = -i
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   e' = e + x_e,   i' = i + x_i                                                    x > 0 excites, x < 0 inhibits
 *   e  = e' - kappa(tauExcitatory) e',   i = i' - kappa(tauInhibitory) i'
 *   g  = leakConductance + e' + i'                                                  decay-first: with e and i
 *   I  = leakConductance (leak - v) + e' (reversalExcitatory - v) + i' (reversalInhibitory - v)
 *   u  = v + kappa(capacitance / g) I / g
 *   z  = [u > threshold]
 *   v  = u, or reset where z
 *
 * Recurrent connections are the caller's: add `z_previous W` to the input, or give both kinds of input apart to `conductanceLifStepOf`.
 */
import {
  type Backend,
  checkNeuron,
  type Decay,
  leakRate,
  type NeuronModel,
  neg,
  type Operand,
  type Parameters,
  relu,
  rest,
  type State,
  type StepResult,
  type TensorMeta,
} from '@snn/core';
import { type Comparison, fastSigmoid, resetTo, type Surrogate, spike, triangle } from '@snn/surrogates';

/**
 * `tauExcitatory`, `tauInhibitory` in s; `capacitance` in nF; `leakConductance` in nS; `leak`, `reversalExcitatory`, `reversalInhibitory`,
 * `threshold`, `reset` in mV. The input is in nS.
 */
export type ConductanceLifParameters<T> = Parameters<
  | 'tauExcitatory'
  | 'tauInhibitory'
  | 'capacitance'
  | 'leakConductance'
  | 'leak'
  | 'reversalExcitatory'
  | 'reversalInhibitory'
  | 'threshold'
  | 'reset',
  T
>;

/** Membrane `v` in mV and conductances `e` (excitatory) and `i` (inhibitory) in nS, all `[B, ...N]`. */
export type ConductanceLifState<T> = State<'v' | 'e' | 'i', T>;

/** Static options. */
export interface ConductanceLifOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** Whether the membrane sees the conductances before or after they decay. */
  readonly order: 'jump-first' | 'decay-first';
  /** How conductances and membrane leak. */
  readonly decay: Decay;
  /** Whether no gradient flows through the reset. */
  readonly detachReset: boolean;
  /** What happens exactly at the threshold. */
  readonly comparison: Comparison;
  /** Stands in for the derivative of the spike. */
  readonly surrogate: Surrogate;
}

/** 1 ms, jump-first, exponential decay, detached reset, strict comparison, triangular surrogate. */
export const CONDUCTANCE_LIF_DEFAULTS: ConductanceLifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/**
 * One step from both kinds of input apart, `[B, ...N]` each and at least 0, as `x relu(W)` and `x relu(-W)` make them of spikes x and signed
 * weights W.
 */
export function conductanceLifStepOf<T extends TensorMeta>(
  b: Backend<T>,
  parameters: ConductanceLifParameters<T>,
  { v, e, i }: ConductanceLifState<T>,
  excitatory: T,
  inhibitory: T,
  { dt, order, decay, detachReset, comparison, surrogate }: ConductanceLifOptions = CONDUCTANCE_LIF_DEFAULTS,
): StepResult<ConductanceLifState<T>, T> {
  const { tauExcitatory, tauInhibitory, capacitance, leakConductance, leak } = parameters;
  const { reversalExcitatory, reversalInhibitory, threshold, reset } = parameters;
  const decayed = (g: T, tau: Operand<T>): T => b.sub(g, b.mul(leakRate(b, dt, tau, decay), g));
  const jumped = { e: b.add(e, excitatory), i: b.add(i, inhibitory) };
  const next = { e: decayed(jumped.e, tauExcitatory), i: decayed(jumped.i, tauInhibitory) };
  const open = order === 'jump-first' ? jumped : next;
  const g = b.add(leakConductance, b.add(open.e, open.i));
  const synaptic = b.add(b.mul(open.e, b.sub(reversalExcitatory, v)), b.mul(open.i, b.sub(reversalInhibitory, v)));
  const current = b.add(b.mul(leakConductance, b.sub(leak, v)), synaptic);
  const u = b.add(v, b.mul(leakRate(b, dt, b.div(capacitance, g), decay), b.div(current, g)));
  const z = spike(b, b.sub(u, threshold), surrogate, comparison);
  return [z, { v: resetTo(b, u, z, reset, detachReset), e: next.e, i: next.i }];
}

/** One step: input `[B, ...N]`, excitatory where positive and inhibitory where negative, to spikes `[B, ...N]` and the next state. */
export const conductanceLifStep = <T extends TensorMeta>(
  b: Backend<T>,
  parameters: ConductanceLifParameters<T>,
  state: ConductanceLifState<T>,
  input: T,
  options: ConductanceLifOptions = CONDUCTANCE_LIF_DEFAULTS,
): StepResult<ConductanceLifState<T>, T> => conductanceLifStepOf(b, parameters, state, relu(b, input), relu(b, neg(b, input)), options);

/** The model as data: what `@snn/nn` makes a layer of. The membrane's time constant at rest is capacitance / leakConductance = 20 ms. */
export const conductanceLif: NeuronModel<
  keyof ConductanceLifParameters<unknown>,
  keyof ConductanceLifState<unknown>,
  ConductanceLifOptions
> = {
  name: 'conductanceLif',
  parameters: {
    tauExcitatory: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the excitatory conductance' },
    tauInhibitory: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the inhibitory conductance' },
    capacitance: { default: 0.2, unit: 'nF', constraint: 'positive', description: 'of the membrane' },
    leakConductance: { default: 10, unit: 'nS', constraint: 'positive', description: 'of the membrane at rest' },
    leak: { default: -65, unit: 'mV', constraint: 'none', description: 'membrane at rest' },
    reversalExcitatory: { default: 0, unit: 'mV', constraint: 'none', description: 'membrane that excitation pulls to' },
    reversalInhibitory: { default: -70, unit: 'mV', constraint: 'none', description: 'membrane that inhibition pulls to' },
    threshold: { default: -50, unit: 'mV', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: -65, unit: 'mV', constraint: 'none', description: 'membrane after a spike' },
  },
  states: ['v', 'e', 'i'],
  options: CONDUCTANCE_LIF_DEFAULTS,
  check: (parameters, options, state, input) =>
    checkNeuron(
      conductanceLif,
      { order: ['jump-first', 'decay-first'], decay: ['exponential', 'euler'], comparison: ['>', '>='] },
      parameters,
      options,
      state,
      input,
    ),
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), e: rest(b, 0, shape), i: rest(b, 0, shape) }),
  step: conductanceLifStep,
};

/**
 * norse 1.0.0 and later (`coba_lif_feed_forward_step`), and what its recurrent twin would be if it did not lose the external input. Its default
 * parameters count in ms although dt is 0.001: time constants 5, capacitance 0.2, leakConductance 0.25, leak -20, reversals 60 and -100,
 * threshold -10, reset -70; its neurons begin at v = 0, above their threshold.
 */
export const CONDUCTANCE_LIF_NORSE: ConductanceLifOptions = {
  dt: 1e-3,
  order: 'decay-first',
  decay: 'euler',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
