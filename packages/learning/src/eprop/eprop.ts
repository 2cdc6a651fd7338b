/**
 * e-prop: gradients forward in time from eligibility traces, one per synapse, and a learning signal per neuron.
 *
 *   h_j[t]    = f(h_j[t-1], I_j[t])                     states of neuron j; I_j the sum of its currents
 *   eps_ij[t] = df/dh_j eps_ij[t-1] + df/dI_j s_i[t]    eligibility vector of the synapse from i to j
 *   e_ij[t]   = dz_j/dh_j eps_ij[t-1] + dz_j/dI_j s_i[t]  eligibility trace; z_j is what the neuron sends
 *   dE/dW_ij  = sum_t L_j[t] e^_ij[t]                   e^ is e as the readout filters what it gets
 *   L_j[t]    = sum_k F_jk g_k[t]                       g_k the gradient of the loss with respect to output k
 *
 *   feedback     F
 *   symmetric    the weights of the readout: the gradient of backpropagation through time but for the recurrent path of spikes
 *   random       drawn once
 *   adaptive     drawn, and moved as the weights of the readout are; its distance to them shrinks by `decay` in each update
 *
 * The derivatives of f and z come from a trace of the network's step (`trace.ts`), so every neuron whose operations act on each neuron by itself can
 * learn: its parameters too, and those of the readout.
 *
 * For one update per sequence the same sum is computed backwards by a compiled program (`backwards.ts`). Forwards, with memory that does not grow with the
 * number of steps and traces of B x inputs x neurons numbers for each state of a neuron and of the readout, it is computed for updates per step,
 * and where the backend compiles nothing or has no room.
 *
 * Bellec et al., A solution to the learning dilemma for recurrent networks of spiking neurons, Nature Communications 11, 2020.
 */
import { argumentError, type Backend, checkNames, randomKey, stream, type TensorMeta, type Tree } from '@snn/core';
import type { Layer, Learner, LearningRule, UsedParameters } from '@snn/nn';
import { checkSteps, checkUpdate, learnOverSteps, type StepRule, type UpdateTime } from '../over-steps.ts';
import { backwardsLearner } from './backwards.ts';
import { type Feedback, feedbackWeights } from './feedback.ts';
import { type Carried, epropStep, firstCarried } from './step.ts';
import { type Structure, structureOf, weightOf } from './structure.ts';
import { traceGroups } from './trace.ts';

/** Options of `eprop`. */
export interface EpropOptions {
  /** Where learning signals come from. Default `symmetric`. */
  readonly feedback?: Feedback;
  /** Seed of feedback that is drawn, a whole number from 0. Default 0. */
  readonly seed?: number;
  /** Part of the distance between feedback and readout that goes in each update, under `adaptive`: 0 up to 1. Default 0.01. */
  readonly decay?: number;
  /** Whether parameters are updated after each sequence or after each step. Default `sequence`. */
  readonly update?: UpdateTime;
}

/**
 * e-prop as a value for `fit`.
 *
 * @throws an `argument` error for options out of range; when learning, an `unsupported` error for networks of more than one layer of neurons and a
 *   linear readout, for operations that join neurons other than through weights, and for updates per step under a loss that is no mean over time.
 */
export function eprop(options: EpropOptions = {}): LearningRule {
  checkNames('eprop', options, ['feedback', 'seed', 'decay', 'update']);
  const { feedback: kind = 'symmetric', seed = 0, decay = 0.01, update: at = 'sequence' } = options;
  if (!['symmetric', 'random', 'adaptive'].includes(kind))
    throw argumentError(`eprop: feedback must be 'symmetric', 'random' or 'adaptive', but is ${String(kind)}.`);
  if (!(decay >= 0 && decay < 1)) throw argumentError(`eprop: decay must be from 0 up to, not including, 1, but is ${String(decay)}.`);
  checkUpdate('eprop', at);
  const key = stream(randomKey(seed), 'feedback');
  return {
    kind: 'rule',
    name: 'eprop',
    begin<T extends TensorMeta>(base: Backend<T>, network: Layer): Learner<T> {
      const feedback = feedbackWeights(base, kind, decay, key);
      const structures = new Map<string, Structure>();
      const find = (used: UsedParameters<T>, state: Tree<T>, shape: readonly number[]): Structure => {
        const name = JSON.stringify(shape);
        const found = structures.get(name) ?? structureOf(traceGroups(network, used, state, { shape, dtype: 'float32' }));
        structures.set(name, found);
        return found;
      };
      const backwards = at === 'sequence' ? backwardsLearner(base, network, kind === 'symmetric' ? null : feedback, find) : null;
      return {
        get executedBy() {
          return backwards?.executedBy ?? 'step by step (updates per step)';
        },
        async learn(b, objective, batch, update) {
          checkSteps('eprop', objective);
          const learnt = await backwards?.learn(b, objective, batch, update);
          if (learnt) return learnt;
          const [, ...inputShape] = batch.inputs.shape;
          let structure: Structure | null = null;
          const known = (): Structure => structure as Structure;
          const rule: StepRule<T> = {
            begin(scope, used, context) {
              const first = network.initialState(scope, used, inputShape, context);
              structure = find(used, first, inputShape);
              return firstCarried(scope, network, known(), used, first, inputShape, context);
            },
            step: (scope, used, carried, input) => epropStep(scope, known(), feedback, used, carried as Carried<T>, input),
            updated: (before, after) => feedback.follow(weightOf(known(), before), weightOf(known(), after)),
          };
          return learnOverSteps(b, 'eprop', rule, objective, batch, at, update);
        },
        dispose() {
          backwards?.dispose();
          feedback.dispose();
        },
      };
    },
  };
}
