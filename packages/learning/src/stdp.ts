/**
 * Spike-timing-dependent plasticity as a rule for `fit`: weights change by the spikes before and after them and by nothing else. Loss and accuracy are
 * reported, as of the weights before the sequence. Equations stand in `@snn/neurons-lif` (`stdpLinearStep`).
 *
 * The optimiser gets W - W' as gradient, so `sgd(1)` makes the very change.
 *
 * Bi & Poo, Synaptic modifications in cultured hippocampal neurons, Journal of Neuroscience 18, 1998.
 */
import { checkNames, type Tree, zeros } from '@snn/core';
import {
  checkStdp,
  STDP_DEFAULTS,
  STDP_PARAMETERS,
  type StdpOptions,
  type StdpParameters,
  type StdpState,
  stdpLinearStep,
} from '@snn/neurons-lif';
import type { LearningRule } from '@snn/nn';
import { checkUpdate, learnOverSteps, type UpdateTime } from './over-steps.ts';
import { observeStep } from './synapses.ts';
import { tensorsOf } from './tree.ts';

/** Options of `stdp`: parameters and options of STDP in `@snn/neurons-lif`, with its defaults. */
export interface StdpRuleOptions extends Partial<StdpParameters<never>>, Partial<StdpOptions> {
  /** Whether weights are updated after each sequence or after each step. Default `step`. */
  readonly update?: UpdateTime;
}

/** What is carried from step to step: the network's state and the traces of each synapse. */
type Carried<T> = { readonly state: Tree<T>; readonly traces: readonly StdpState<T>[] };

/**
 * STDP as a value for `fit`. It changes all weights before layers that spike.
 *
 * @throws an `argument` error for parameters or options that make no sense; when learning, an `unsupported` error for convolutions.
 */
export function stdp(options: StdpRuleOptions = {}): LearningRule {
  checkNames('stdp', options, ['update', ...Object.keys(STDP_PARAMETERS), ...Object.keys(STDP_DEFAULTS)]);
  const { update: at = 'step', ...given } = options;
  checkUpdate('stdp', at);
  const settings: StdpParameters<never> & StdpOptions = { ...STDP_PARAMETERS, ...STDP_DEFAULTS, ...given };
  checkStdp(settings, settings);
  return {
    kind: 'rule',
    name: 'stdp',
    begin: (_, network) => ({
      learn: async (b, objective, batch, update) =>
        learnOverSteps(
          b,
          'stdp',
          {
            blind: true,
            begin: (scope, used, context) => ({
              state: network.initialState(scope, used, batch.inputs.shape.slice(1), context),
              traces: [],
            }),
            step(scope, used, carried, input, context) {
              const { state, traces } = carried as Carried<typeof input>;
              const seen = observeStep(scope, 'stdp', network, used, state, input, context);
              const changed = seen.synapses.map(({ parameter, weight, before, after }, i) => {
                const from = traces[i] ?? { pre: zeros(scope, before.shape), post: zeros(scope, after.shape) };
                const [next, trace] = stdpLinearStep(scope, settings, from, weight, before, after, settings);
                return { parameter, change: scope.sub(weight, next), trace };
              });
              return {
                output: seen.output,
                spikes: seen.spikes,
                carried: { state: seen.state, traces: changed.map(({ trace }) => trace) },
                pull: () => tensorsOf(used).map((_x, i) => changed.find(({ parameter }) => parameter === i)?.change ?? null),
              };
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
