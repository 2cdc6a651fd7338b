/**
 * SLTT, spatial learning through time: in every step the gradient goes back through the layers, and never back in time.
 *
 *   dE/dW = sum_t s_pre[t] delta[t]        delta[t] the gradient of this step's loss with respect to what the synapses send
 *
 * It is backpropagation through time truncated to one step, in memory that does not grow with the number of steps. Any network can learn by it.
 *
 * Meng et al., Towards memory- and time-efficient backpropagation for training spiking neural networks, ICCV 2023.
 */
import { checkNames, type Tree } from '@snn/core';
import type { LearningRule } from '@snn/nn';
import { checkUpdate, learnOverSteps, type UpdateTime } from './over-steps.ts';
import { spatialStep } from './spatial.ts';

/** Options of `sltt`. */
export interface SlttOptions {
  /** Whether parameters are updated after each sequence or after each step. Default `sequence`. */
  readonly update?: UpdateTime;
}

/**
 * SLTT as a value for `fit`.
 *
 * @throws an `argument` error when `update` is another word; when learning, an `unsupported` error for updates per step under a loss that is no mean
 *   over time.
 */
export function sltt(options: SlttOptions = {}): LearningRule {
  checkNames('sltt', options, ['update']);
  const { update: at = 'sequence' } = options;
  checkUpdate('sltt', at);
  return {
    kind: 'rule',
    name: 'sltt',
    begin: (_, network) => ({
      learn: async (b, objective, batch, update) =>
        learnOverSteps(
          b,
          'sltt',
          {
            begin: () => [],
            step(scope, used, carried, input, context) {
              const [state] = carried as readonly Tree<typeof input>[];
              const { state: next, ...step } = spatialStep(scope, network, used, state, input, context);
              return { ...step, carried: [next] };
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
