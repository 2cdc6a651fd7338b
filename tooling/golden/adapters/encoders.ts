// Encoders and decoders of norse and snnTorch that draw no random numbers.

import { type Backend, type Operand, range, type TensorMeta } from '@snn/core';
import {
  constantCurrent,
  decodeSpikeTimes,
  delta,
  firstSpike,
  type LatencyOptions,
  type Levels,
  latency,
  latencyTimes,
  population,
  ramp,
  regularSpikes,
  sawtooth,
  targetLatency,
  targetOneHot,
  targetRate,
} from '@snn/encoders';
import { LIF_BOX_NORSE } from '@snn/neurons-lif';
import { type Adapters, choose, type FunctionAdapter, only } from '../adapter.ts';
import { type FunctionEntry, type Named, tensorOf } from '../file.ts';

const number = ({ args }: FunctionEntry, name: string, standard: number): number => Number(args[name] ?? standard);

function current<T extends TensorMeta>(b: Backend<T>, entry: FunctionEntry, x: T): T {
  only(entry, ['seq_length', 'dt', 'p']);
  const p = (entry.args.p ?? {}) as Named<number>;
  const parameters = { tau: b.div(1, p.tau_mem_inv ?? 100), leak: p.v_leak ?? 0, threshold: p.v_th ?? 1, reset: p.v_reset ?? 0 };
  return constantCurrent(b, x, number(entry, 'seq_length', 0), parameters, { ...LIF_BOX_NORSE, dt: number(entry, 'dt', 1e-3) });
}

/** The default scale is the largest input; its gradient flows through the width, but not through the centres, as coded in norse. */
function norsePopulation<T extends TensorMeta>(b: Backend<T>, entry: FunctionEntry, x: T): T {
  only(entry, ['out_features', 'scale']);
  const { args, inputs } = entry;
  const largest = Math.max(...tensorOf(inputs.input).data.map(Number));
  const scale: Operand<T> =
    args.scale === undefined
      ? b.reshape(
          b.reduceMax(
            x,
            x.shape.map((_, axis) => axis),
          ),
          [],
        )
      : Number(args.scale);
  return population(b, x, {
    neurons: number(entry, 'out_features', 0),
    high: number(entry, 'scale', largest),
    width: b.div(1, b.sqrt(b.add(scale, 0))),
  });
}

const norse: FunctionAdapter = (b, entry, { input }) => ({
  out: choose('function', entry.function, {
    'norse.constant_current_lif_encode': () => current(b, entry, input),
    'norse.spike_latency_lif_encode': () => firstSpike(b, current(b, entry, input)),
    'norse.population_encode': () => norsePopulation(b, entry, input),
    'norse.spike_latency_encode': () => firstSpike(b, input),
  })(),
});

const spikeTimes: FunctionAdapter = (b, entry, { input }) => {
  only(entry, ['spike_count']);
  return { out: decodeSpikeTimes(b, input, number(entry, 'spike_count', 1)) };
};

const snntorchDelta: FunctionAdapter = (b, entry, { input }) => {
  only(entry, ['threshold', 'padding', 'off_spike']);
  const initial = entry.args.padding === true ? 'hold' : 'zero';
  return { out: delta(b, input, { threshold: number(entry, 'threshold', 0.1), negative: entry.args.off_spike === true, initial }) };
};

const latencyOptions = (entry: FunctionEntry): LatencyOptions => ({
  threshold: number(entry, 'threshold', 0.01),
  tau: number(entry, 'tau', 1),
  first: number(entry, 'first_spike_time', 0),
  linear: entry.args.linear === true,
  normalize: entry.args.normalize === true,
});

/** `bypass` only switches off a refusal that is not ours; targets are 1 and 0 in all entries. */
const snntorchLatency: FunctionAdapter = (b, entry, { input }) => {
  only(entry, ['num_steps', 'threshold', 'tau', 'first_spike_time', 'linear', 'normalize', 'clip', 'bypass', 'on_target', 'off_target']);
  const { args } = entry;
  const steps = number(entry, 'num_steps', 0);
  const options = latencyOptions(entry);
  return {
    out: choose('function', entry.function, {
      'snntorch.latency': () => latency(b, input, steps, { ...options, clip: args.clip === true }),
      'snntorch.latency_code': () => latencyTimes(b, input, steps, options),
      'snntorch.latency_interpolate': () => ramp(b, input, steps),
    })(),
  };
};

const LABELS = ['num_classes', 'num_steps', 'first_spike_time', 'on_target', 'off_target'];

/** `targets_rate` has no time axis unless something changes in time; as coded, `off_target` below `on_target` is then at least 0. */
function rateTargets<T extends TensorMeta>(b: Backend<T>, entry: FunctionEntry, targets: T): T {
  only(entry, [...LABELS, 'code', 'correct_rate', 'incorrect_rate', 'firing_pattern', 'interpolate', 'epsilon']);
  choose('firing pattern', entry.args.firing_pattern ?? 'regular', { regular: null });
  const classes = number(entry, 'num_classes', 0);
  const [correct, incorrect] = [number(entry, 'correct_rate', 1), number(entry, 'incorrect_rate', 0)];
  const [on, off, first] = [number(entry, 'on_target', 1), number(entry, 'off_target', 0), number(entry, 'first_spike_time', 0)];
  const constant = correct === 1 && incorrect === 0;
  if (constant && first === 0) return targetOneHot(b, targets, classes, { on, off: on > off ? Math.max(off, 0) : off });
  const steps = number(entry, 'num_steps', 0);
  const interpolate = entry.args.interpolate === true && !constant;
  const plain = { correct, incorrect, first, on, off, interpolate };
  if (interpolate) return targetRate(b, targets, classes, steps, plain);
  const clamped = targetRate(b, targets, classes, steps, { ...plain, on: Math.max(on, off), off: Math.max(off, 0) });
  // before the first spike nothing is clamped
  const begun = b.sub(1, b.gt(first, b.reshape(range(b, steps), [steps, 1, 1])));
  return constant ? b.where(begun, clamped, off) : clamped;
}

function latencyTargets<T extends TensorMeta>(b: Backend<T>, entry: FunctionEntry, targets: T): T {
  only(entry, [...LABELS, 'code', 'threshold', 'tau', 'clip', 'normalize', 'linear', 'bypass', 'epsilon']);
  const { args } = entry;
  const [classes, steps] = [number(entry, 'num_classes', 0), number(entry, 'num_steps', 0)];
  const spikes = targetLatency(b, targets, classes, steps, { ...latencyOptions(entry), clip: args.clip === true });
  // `targets_convert` does not pass the levels on
  if (entry.function === 'snntorch.targets_convert') return spikes;
  return b.where(spikes, number(entry, 'on_target', 1), number(entry, 'off_target', 0));
}

const snntorchTargets: FunctionAdapter = (b, entry, { targets }) => {
  const { function: name, args, inputs } = entry;
  const oneHotTargets = (levels: Levels) => {
    only(entry, ['num_classes']);
    return targetOneHot(b, targets, number(entry, 'num_classes', 0), levels);
  };
  const steps = number(entry, 'num_steps', 0);
  return {
    out: choose('function', name, {
      'snntorch.targets_convert': () =>
        choose('code', args.code ?? 'rate', { rate: rateTargets, latency: latencyTargets })(b, entry, targets),
      'snntorch.targets_rate': () => rateTargets(b, entry, targets),
      'snntorch.targets_latency': () => latencyTargets(b, entry, targets),
      'snntorch.target_rate_code': () => {
        only(entry, ['num_steps', 'rate', 'first_spike_time', 'firing_pattern']);
        choose('firing pattern', args.firing_pattern ?? 'regular', { regular: null });
        return regularSpikes(b, steps, number(entry, 'rate', 1), number(entry, 'first_spike_time', 0));
      },
      'snntorch.rate_interpolate': () => {
        only(entry, ['num_steps', 'on_target', 'off_target', 'epsilon']);
        const times = tensorOf(inputs.spike_time).data.map(Number);
        return sawtooth(b, times, steps, { on: number(entry, 'on_target', 1), off: number(entry, 'off_target', 0) });
      },
      'snntorch.to_one_hot': () => oneHotTargets({}),
      'snntorch.to_one_hot_inverse': () => oneHotTargets({ on: 0, off: 1 }),
    })(),
  };
};

export const ENCODERS: Adapters = {
  functions: {
    'norse.torch.functional.encode': norse,
    'norse.ToSpikeTimes': spikeTimes,
    'snntorch.spikegen.delta': snntorchDelta,
    'snntorch.spikegen.latency': snntorchLatency,
    'snntorch.spikegen targets': snntorchTargets,
  },
};
