/**
 * The leaky integrate-and-fire neuron of several compartments: `lif`s whose membranes are coupled by conductances.
 *
 *   tau dv/dt = (leak - v) + i + tau v G      G[m, n]: what compartment m adds to n, 1 / s
 *
 * In discrete time all is as in `lif`, and the coupling comes in
 *
 *   together   with the leak:                  `lif` with leak + tau v G instead of leak
 *   before     before everything else:         v = v + dt v G, then `lif`
 *   after      after everything else:          `lif`, then v = v + dt v G
 *
 * For compartments that exchange charge and lose none, the rows of G add up to 0: `compartmentCoupling`.
 * Recurrent connections are the caller's: add `z_previous W` to the input.
 */
import {
  argumentError,
  type Backend,
  checkNeuron,
  type NeuronModel,
  rest,
  type State,
  type StepResult,
  sameShape,
  shapeError,
  type TensorMeta,
} from '@snn/core';
import { fastSigmoid, triangle } from '@snn/surrogates';
import { type LifOptions, type LifParameters, lifStep } from './lif.ts';

/** Those of `lif`, and the matrix `coupling` G `[N, N]` in 1 / s. */
export type MultiCompartmentLifParameters<T> = LifParameters<T> & { readonly coupling: T };

/** Membrane `v` and synaptic current `i`, both `[B, N]`. */
export type MultiCompartmentLifState<T> = State<'v' | 'i', T>;

/** Static options. */
export interface MultiCompartmentLifOptions extends LifOptions {
  /** When the compartments exchange charge. */
  readonly couplingOrder: 'together' | 'before' | 'after';
}

/** Those of `lif`; charge is exchanged together with the leak. */
export const MULTI_COMPARTMENT_LIF_DEFAULTS: MultiCompartmentLifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'exponential',
  resetMode: 'subtract',
  couplingOrder: 'together',
  detachReset: true,
  comparison: '>',
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
};

/**
 * The matrix G of compartments that exchange charge: rate[m][n] (1 / s, as large as rate[n][m]) off the diagonal, and on it what makes each row
 * add up to 0, so that equal membranes stay as they are.
 *
 * @param rates a square, symmetric table; its diagonal is ignored.
 * @throws an `argument` error when the table is not square and symmetric.
 */
export function compartmentCoupling<T extends TensorMeta>(b: Pick<Backend<T>, 'fromData'>, rates: readonly (readonly number[])[]): T {
  const n = rates.length;
  if (n === 0 || rates.some((row, i) => row.length !== n || row.some((rate, j) => rate !== rates[j]?.[i])))
    throw argumentError('compartmentCoupling: rates must be a square table in which rates[m][n] is rates[n][m].');
  const total = rates.map((row, i) => row.reduce((sum, rate, j) => (i === j ? sum : sum + rate), 0));
  return b.fromData(
    rates.flatMap((row, i) => row.map((rate, j) => (i === j ? -total[i] : rate))),
    [n, n],
  );
}

/** One step: input `[B, N]` to spikes `[B, N]` and the next state. */
export function multiCompartmentLifStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: MultiCompartmentLifParameters<T>,
  { v, i }: MultiCompartmentLifState<T>,
  input: T,
  options: MultiCompartmentLifOptions = MULTI_COMPARTMENT_LIF_DEFAULTS,
): StepResult<MultiCompartmentLifState<T>, T> {
  const exchanged = (x: T): T => b.mul(options.dt, b.matmul(x, parameters.coupling));
  if (options.couplingOrder === 'before') return lifStep(b, parameters, { v: b.add(v, exchanged(v)), i }, input, options);
  if (options.couplingOrder === 'together') {
    const leak = b.add(parameters.leak, b.mul(parameters.tau, b.matmul(v, parameters.coupling)));
    return lifStep(b, { ...parameters, leak }, { v, i }, input, options);
  }
  const [z, next] = lifStep(b, parameters, { v, i }, input, options);
  return [z, { v: b.add(next.v, exchanged(next.v)), i: next.i }];
}

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The model as data. The coupling is a matrix that must be given; its default of 0 stands for that. */
export const multiCompartmentLif: NeuronModel<
  keyof MultiCompartmentLifParameters<unknown>,
  keyof MultiCompartmentLifState<unknown>,
  MultiCompartmentLifOptions
> = {
  name: 'multiCompartmentLif',
  parameters: {
    tau: { default: 10e-3, unit: 's', constraint: 'positive', description: 'time constant of the membrane' },
    tauSynapse: { default: 5e-3, unit: 's', constraint: 'positive', description: 'time constant of the synaptic current' },
    leak: { default: 0, unit: '1', constraint: 'none', description: 'membrane at rest' },
    threshold: { default: 1, unit: '1', constraint: 'none', description: 'membrane above which the neuron fires' },
    reset: { default: 0, unit: '1', constraint: 'none', description: "membrane after a spike, under resetMode 'to'" },
    coupling: { default: 0, unit: '1/s', constraint: 'none', description: 'matrix [N, N]: what each compartment adds to each' },
  },
  states: ['v', 'i'],
  options: MULTI_COMPARTMENT_LIF_DEFAULTS,
  check(parameters, options, state, input) {
    const { coupling } = parameters;
    const { coupling: _, ...elementwise } = multiCompartmentLif.parameters;
    checkNeuron(
      { ...multiCompartmentLif, parameters: elementwise },
      {
        order: ['jump-first', 'voltage-first'],
        decay: ['exponential', 'euler'],
        resetMode: ['subtract', 'to'],
        couplingOrder: ['together', 'before', 'after'],
        comparison: ['>', '>='],
      },
      parameters,
      options,
      state,
      input,
    );
    if (coupling === undefined || typeof coupling === 'number')
      throw argumentError('multiCompartmentLif: coupling must be a matrix [N, N]; compartmentCoupling makes one.');
    const [n] = coupling.shape;
    if (!sameShape(coupling.shape, [n, n]) || (input && !sameShape(input.shape, [input.shape[0], n])))
      throw shapeError(
        `multiCompartmentLif: coupling must be a square matrix for inputs [B, N], but is ${show(coupling.shape)}${input ? ` for ${show(input.shape)}` : ''}.`,
      );
  },
  initialState: (b, { leak }, shape) => ({ v: rest(b, leak, shape), i: rest(b, 0, shape) }),
  // `check` refuses a number for the coupling
  step: (b, parameters, state, input, options) =>
    multiCompartmentLifStep(b, parameters as MultiCompartmentLifParameters<typeof input>, state, input, options),
};

/**
 * norse 1.0.0 and later `lif_mc_feed_forward_step`. Its recurrent twin couples after the reset, and detaches it:
 * `{ ...MULTI_COMPARTMENT_LIF_NORSE, couplingOrder: 'after', detachReset: true }`.
 */
export const MULTI_COMPARTMENT_LIF_NORSE: MultiCompartmentLifOptions = {
  dt: 1e-3,
  order: 'jump-first',
  decay: 'euler',
  resetMode: 'to',
  couplingOrder: 'before',
  detachReset: false,
  comparison: '>',
  surrogate: /* @__PURE__ */ fastSigmoid({ sharpness: 100 }),
};
