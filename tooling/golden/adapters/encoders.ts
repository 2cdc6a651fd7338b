// Encoders and decoders of norse and snnTorch that draw no random numbers.

import type { Backend, Operand, TensorMeta } from '@snn/core';
import {
  constantCurrent,
  decodeSpikeTimes,
  delta,
  firstSpike,
  type LatencyOptions,
  latency,
  latencyTimes,
  population,
  ramp,
} from '@snn/encoders';
import { LIF_BOX_NORSE } from '@snn/neurons-lif';
import { type Adapters, choose, type FunctionAdapter } from '../adapter.ts';
import { type FunctionEntry, type Named, tensorOf } from '../file.ts';

const number = ({ args }: FunctionEntry, name: string, standard: number): number => Number(args[name] ?? standard);

/** Refuses arguments that an adapter does not read, so that no entry passes by being misread. */
function only({ function: name, args }: FunctionEntry, known: readonly string[]): void {
  const other = Object.keys(args).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${name}: the argument '${other}' is not read.`);
}

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

/** `bypass` only switches off a refusal that is not ours; targets are 1 and 0 in all entries. */
const snntorchLatency: FunctionAdapter = (b, entry, { input }) => {
  only(entry, ['num_steps', 'threshold', 'tau', 'first_spike_time', 'linear', 'normalize', 'clip', 'bypass', 'on_target', 'off_target']);
  const { args } = entry;
  const steps = number(entry, 'num_steps', 0);
  const options: LatencyOptions = {
    threshold: number(entry, 'threshold', 0.01),
    tau: number(entry, 'tau', 1),
    first: number(entry, 'first_spike_time', 0),
    linear: args.linear === true,
    normalize: args.normalize === true,
  };
  return {
    out: choose('function', entry.function, {
      'snntorch.latency': () => latency(b, input, steps, { ...options, clip: args.clip === true }),
      'snntorch.latency_code': () => latencyTimes(b, input, steps, options),
      'snntorch.latency_interpolate': () => ramp(b, input, steps),
    })(),
  };
};

export const ENCODERS: Adapters = {
  functions: {
    'norse.torch.functional.encode': norse,
    'norse.ToSpikeTimes': spikeTimes,
    'snntorch.spikegen.delta': snntorchDelta,
    'snntorch.spikegen.latency': snntorchLatency,
  },
};
