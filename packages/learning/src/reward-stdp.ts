/**
 * Reward-modulated spike-timing-dependent plasticity: STDP says which synapses had a part in what happened, and a reward, later, whether that was good.
 *
 *   pre  = pre  + kappa(tauPre)  (amplitudePre z_pre - pre)
 *   post = post + kappa(tauPost) (amplitudePost z_post - post)
 *   c    = c - kappa(tauEligibility) c + ratePlus pre z_post - rateMinus z_pre post     eligibility of a synapse, for each sample
 *   dW   = sum over the batch of reward c                                               when the reward comes
 *
 * kappa(tau) = 1 - e^(-dt / tau) is the part that leaks away in a step.
 *
 * Izhikevich, Solving the distal reward problem through linkage of STDP and dopamine signaling, Cerebral Cortex 17, 2007. Florian, Reinforcement
 * learning through modulation of spike-timing-dependent synaptic plasticity, Neural Computation 19, 2007.
 */
import { argmax, argumentError, type Backend, checkNames, equal, leakRate, shapeError, type TensorMeta, type Tree, zeros } from '@snn/core';
import { STDP_PARAMETERS, type StdpParameters } from '@snn/neurons-lif';
import type { LearningRule } from '@snn/nn';
import { learnOverSteps } from './over-steps.ts';
import { observeStep } from './synapses.ts';
import { tensorsOf } from './tree.ts';

/** As of STDP, and `tauEligibility`; time constants and `dt` in s. */
export interface RewardStdpParameters extends StdpParameters<never> {
  /** Time constant of the eligibility, s. */
  readonly tauEligibility: number;
  /** Length of a step, s. */
  readonly dt: number;
}

/** Traces of the spikes before, `[B, I]`, and after, `[B, N]`, and the eligibility of each synapse, `[B, I, N]`. */
export type RewardStdpState<T> = { readonly pre: T; readonly post: T; readonly eligibility: T };

/** The parameters of STDP; eligibility of 1 s, steps of 1 ms. */
export const REWARD_STDP_PARAMETERS: RewardStdpParameters = { ...STDP_PARAMETERS, tauEligibility: 1, dt: 1e-3 };

/** One step: traces and eligibility from spikes before, `[B, I]`, and after, `[B, N]`, in the same step. */
export function rewardStdpStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: RewardStdpParameters,
  state: RewardStdpState<T>,
  preSpikes: T,
  postSpikes: T,
): RewardStdpState<T> {
  const { tauPre, tauPost, amplitudePre, amplitudePost, ratePlus, rateMinus, tauEligibility, dt } = parameters;
  const leak = (tau: number): T => leakRate(b, dt, tau, 'exponential');
  const pre = b.add(state.pre, b.mul(leak(tauPre), b.sub(b.mul(preSpikes, amplitudePre), state.pre)));
  const post = b.add(state.post, b.mul(leak(tauPost), b.sub(b.mul(postSpikes, amplitudePost), state.post)));
  const rows = (x: T): T => b.reshape(x, [...x.shape, 1]);
  const columns = (x: T): T => b.reshape(x, [x.shape[0], 1, x.shape[1]]);
  const growth = b.mul(b.mul(rows(pre), columns(postSpikes)), ratePlus);
  const loss = b.mul(b.mul(rows(preSpikes), columns(post)), rateMinus);
  const kept = b.sub(state.eligibility, b.mul(leak(tauEligibility), state.eligibility));
  return { pre, post, eligibility: b.sub(b.add(kept, growth), loss) };
}

/** Rewards `[B]` of a sequence from its scores `[B, classes]` and labels `[B]`. */
export type Reward = <T extends TensorMeta>(b: Backend<T>, scores: T, labels: T) => T;

/** Options of `rewardStdp`: its parameters, and the reward. */
export interface RewardStdpOptions extends Partial<RewardStdpParameters> {
  /** Default: 1 for a right prediction, -1 for a wrong one. */
  readonly reward?: Reward;
}

const rightOrWrong: Reward = (b, scores, labels) => b.sub(b.mul(equal(b, b.reshape(argmax(b, scores), labels.shape), labels), 2), 1);

/** What is carried from step to step. */
type Carried<T> = {
  readonly state: Tree<T>;
  readonly synapses: readonly RewardStdpState<T>[];
};

/**
 * Reward-modulated STDP as a value for `fit`: the reward comes at the end of each sequence, and the optimiser gets -dW as gradient, so `sgd(1)` makes
 * the very change. It changes all weights before layers that spike; nothing bounds them but the optimiser.
 *
 * @throws an `argument` error for time constants that are not above 0; when learning, an `unsupported` error for convolutions and a `shape` error for
 *   rewards that are not `[B]`.
 */
export function rewardStdp(options: RewardStdpOptions = {}): LearningRule {
  checkNames('rewardStdp', options, ['reward', ...Object.keys(REWARD_STDP_PARAMETERS)]);
  const { reward = rightOrWrong, ...given } = options;
  const parameters: RewardStdpParameters = { ...REWARD_STDP_PARAMETERS, ...given };
  for (const key of ['tauPre', 'tauPost', 'tauEligibility', 'dt'] as const)
    if (!(parameters[key] > 0))
      throw argumentError(`rewardStdp: ${key} must be a number of seconds above 0, but is ${String(parameters[key])}.`);
  return {
    kind: 'rule',
    name: 'rewardStdp',
    begin: (_, network) => ({
      learn: async (b, objective, batch, update) => {
        /** Which weight each synapse has, known after a step. */
        let weights: readonly number[] = [];
        return learnOverSteps(
          b,
          'rewardStdp',
          {
            blind: true,
            begin: (scope, used, context) => ({
              state: network.initialState(scope, used, batch.inputs.shape.slice(1), context),
              synapses: [],
            }),
            step(scope, used, carried, input, context) {
              const { state, synapses } = carried as Carried<typeof input>;
              const seen = observeStep(scope, 'rewardStdp', network, used, state, input, context);
              weights = seen.synapses.map(({ parameter }) => parameter);
              return {
                output: seen.output,
                spikes: seen.spikes,
                carried: {
                  state: seen.state,
                  synapses: seen.synapses.map(({ before, after }, i) => {
                    const [count, inputs] = before.shape;
                    const from = synapses[i] ?? {
                      pre: zeros(scope, before.shape),
                      post: zeros(scope, after.shape),
                      eligibility: zeros(scope, [count, inputs, after.shape[1]]),
                    };
                    return rewardStdpStep(scope, parameters, from, before, after);
                  }),
                },
                pull: () => tensorsOf(used).map(() => null),
              };
            },
            end(scope, used, carried, scores, labels) {
              const { synapses } = carried as Carried<typeof scores>;
              const given = reward(scope, scores, labels);
              if (given.shape.length !== 1 || given.shape[0] !== labels.shape[0])
                throw shapeError(`rewardStdp: the reward must be one number per sample, [${labels.shape}], but is [${given.shape}].`);
              const negative = scope.reshape(scope.mul(given, -1), [given.shape[0], 1, 1]);
              return tensorsOf<typeof scores>(used).map(({ shape }, parameter) => {
                const i = weights.indexOf(parameter);
                return i < 0 ? null : scope.reshape(scope.sum(scope.mul(synapses[i].eligibility, negative), [0]), shape);
              });
            },
          },
          objective,
          batch,
          'sequence',
          update,
        );
      },
      dispose() {},
    }),
  };
}
