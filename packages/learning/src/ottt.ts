/**
 * OTTT, online training through time: as SLTT, but synapses see a trace of their input, which stands for what earlier inputs left in the membrane.
 *
 *   s^[t] = decay s^[t-1] + s_pre[t]
 *   dE/dW = sum_t s^[t] delta[t]           delta[t] the gradient of this step's loss with respect to what the synapses send
 *
 * For one layer of leaky neurons under a loss of their outputs in each step it is backpropagation through time, if resets let no gradient through and
 * `decay` is what a membrane keeps in a step. In deeper networks it leaves out what a layer's spikes do to later steps of the layers after it.
 * Memory does not grow with the number of steps. Constants (`bias`) and parameters of neurons get the gradient of the step itself, as in SLTT.
 *
 * Xiao et al., Online training through time for spiking neural networks, NeurIPS 2022.
 */
import type { Differentiator, Var } from '@snn/autodiff';
import { argumentError, type Backend, type CustomOp, checkNames, type TensorMeta, type Tree } from '@snn/core';
import type { LearningRule } from '@snn/nn';
import { checkUpdate, learnOverSteps, type UpdateTime } from './over-steps.ts';
import { spatialStep } from './spatial.ts';

/** Options of `ottt`. */
export interface OtttOptions {
  /** What a membrane keeps of itself in a step, from 0 (which is SLTT) to 1: `beta` of leaky neurons, e^(-dt / tau) of others. */
  readonly decay: number;
  /** Whether parameters are updated after each sequence or after each step. Default `sequence`. */
  readonly update?: UpdateTime;
}

/** `[.., M, K] x [.., K, N]`. */
const MATMUL: CustomOp = {
  name: 'matmul',
  forward: (b, x, w) => b.matmul(x, w),
  vjp: (b, g, [x, w], _, needed) => {
    const transpose = (y: typeof g): typeof g => b.permute(y, [1, 0]);
    return [needed[0] ? b.matmul(g, transpose(w)) : null, needed[1] ? b.matmul(transpose(x), g) : null];
  },
};

/** An operation of an input and a weight whose gradient of the weight takes a trace in place of the input. */
const withTrace = (op: CustomOp): CustomOp => ({
  name: `${op.name} with trace`,
  forward: (b, x, w) => op.forward(b, x, w),
  vjp: (b, g, [x, w, trace], output, needed) => [
    needed[0] ? op.vjp(b, g, [x, w], output, [true, false])[0] : null,
    needed[1] ? op.vjp(b, g, [trace, w], output, [false, true])[1] : null,
    null,
  ],
});

/** Put traces into every product (matmul, convolution) of an input with a parameter. `traces` by the parameter's number; those of this step are put into `next`. */
function synapses<T extends TensorMeta>(
  b: Backend<T>,
  ad: Differentiator<T>,
  variables: readonly Var<T>[],
  decay: number,
  traces: { readonly [parameter: string]: T },
  next: Record<string, T>,
): Backend<Var<T>> {
  const multiply = (op: CustomOp, x: Var<T>, w: Var<T>): Var<T> => {
    const parameter = variables.indexOf(w);
    const before = traces[parameter];
    const trace = before === undefined ? b.reshape(x.value, x.shape) : b.add(b.mul(before, decay), x.value);
    next[parameter] = trace;
    return ad.customGrad(withTrace(op), x, w, ad.constant(trace));
  };
  return {
    ...ad,
    matmul: (x, w) => (variables.includes(w) && w.shape.length === 2 ? multiply(MATMUL, x, w) : ad.matmul(x, w)),
    customGrad: (op, ...inputs) =>
      op.name === 'conv2d' && variables.includes(inputs[1]) ? multiply(op, inputs[0], inputs[1]) : ad.customGrad(op, ...inputs),
  };
}

/** What is carried from step to step. */
type Carried<T> = { readonly state: Tree<T>; readonly traces: { readonly [parameter: string]: T } };

/**
 * OTTT as a value for `fit`.
 *
 * @throws an `argument` error when `decay` is not from 0 to 1 or `update` is another word; when learning, an `unsupported` error for updates per step
 *   under a loss that is no mean over time.
 */
export function ottt(options: OtttOptions): LearningRule {
  checkNames('ottt', options, ['decay', 'update']);
  const { decay, update: at = 'sequence' } = options;
  if (!(decay >= 0 && decay <= 1))
    throw argumentError(`ottt: decay must be the part of a membrane that is left after a step, from 0 to 1, but is ${String(decay)}.`);
  checkUpdate('ottt', at);
  return {
    kind: 'rule',
    name: 'ottt',
    begin: (_, network) => ({
      learn: async (b, objective, batch, update) =>
        learnOverSteps(
          b,
          'ottt',
          {
            begin: () => null,
            step(scope, used, carried, input, context) {
              const before = carried as Carried<typeof input> | null;
              const traces: Record<string, typeof input> = {};
              const { state, ...step } = spatialStep(scope, network, used, before?.state, input, context, (ad, variables) =>
                synapses(scope, ad, variables, decay, before?.traces ?? {}, traces),
              );
              return { ...step, carried: { state, traces } };
            },
          },
          objective,
          batch,
          at,
          update,
        ),
      dispose() {},
    }),
  };
}
