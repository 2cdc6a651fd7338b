/**
 * Spike-timing-dependent plasticity: a weight grows when its input fired before its output, and shrinks when it fired after. Each side of a
 * synapse keeps a trace of its spikes.
 *
 *   tauPre  dpre/dt  = -pre  + amplitudePre  z_pre
 *   tauPost dpost/dt = -post + amplitudePost z_post
 *
 * In discrete time, with kappa(tau) the part that leaks away in a step (1 - e^(-dt / tau), or dt / tau under Euler):
 *
 *   pre  = pre  + kappa(tauPre)  (amplitudePre z_pre - pre)
 *   post = post + kappa(tauPost) (amplitudePost z_post - post)
 *   w = w + A+(w) sum(pre z_post) - A-(w) sum(z_pre post)      over the batch, and over the pixels of images
 *
 *   rule                    A+(w)                               A-(w)
 *   additive                ratePlus                            rateMinus
 *   additive-step           ratePlus [maximum > w]              rateMinus [w > minimum]
 *   multiplicative          ratePlus max(maximum - w, 0)        rateMinus max(w - minimum, 0)
 *   multiplicative-power    ratePlus (maximum - w)^exponent     rateMinus (w - minimum)^exponent
 *
 * `bounded` then limits w to minimum ... maximum. Nothing here is learned by gradients, but all of it has one.
 */
import {
  argumentError,
  type Backend,
  type Conv2dOptions,
  clip,
  conv2d,
  type Decay,
  leakRate,
  type Operand,
  type Parameters,
  pow,
  relu,
  type State,
  type TensorMeta,
} from '@snn/core';

/** `tauPre`, `tauPost` in s; the others without unit. Numbers, or tensors that broadcast against what they multiply. */
export type StdpParameters<T> = Parameters<'tauPre' | 'tauPost' | 'amplitudePre' | 'amplitudePost' | 'ratePlus' | 'rateMinus', T>;

/** Traces of the spikes before (`pre`) and after (`post`) the synapses, of the shapes of those spikes. */
export type StdpState<T> = State<'pre' | 'post', T>;

/** Static options. */
export interface StdpOptions {
  /** Length of a step, s. */
  readonly dt: number;
  /** How the traces leak. */
  readonly decay: Decay;
  /** How the change depends on the weight; see above. */
  readonly rule: 'additive' | 'additive-step' | 'multiplicative' | 'multiplicative-power';
  /** Of the rule `multiplicative-power`. */
  readonly exponent: number;
  /** Smallest weight. */
  readonly minimum: number;
  /** Largest weight. */
  readonly maximum: number;
  /** Whether weights are limited to minimum ... maximum. */
  readonly bounded: boolean;
}

/** 50 ms, amplitudes 1, rates 0.001. */
export const STDP_PARAMETERS: StdpParameters<never> = {
  tauPre: 50e-3,
  tauPost: 50e-3,
  amplitudePre: 1,
  amplitudePost: 1,
  ratePlus: 1e-3,
  rateMinus: 1e-3,
};

/** 1 ms, exponential decay, additive, weights limited to 0 ... 1. */
export const STDP_DEFAULTS: StdpOptions = {
  dt: 1e-3,
  decay: 'exponential',
  rule: 'additive',
  exponent: 1,
  minimum: 0,
  maximum: 1,
  bounded: true,
};

/** norse `stdp_step_linear` and `stdp_step_conv2d`; its `multiplicative_relu` is the rule `multiplicative`. */
export const STDP_NORSE: StdpOptions = {
  dt: 1e-3,
  decay: 'euler',
  rule: 'additive',
  exponent: 0,
  minimum: 0,
  maximum: 1,
  bounded: true,
};

/**
 * Throw unless parameters and options make sense.
 *
 * @throws an `argument` error that names what is wrong.
 */
export function checkStdp<T>(parameters: StdpParameters<T>, options: StdpOptions): void {
  const { dt, decay, rule, exponent, minimum, maximum } = options;
  const rules = ['additive', 'additive-step', 'multiplicative', 'multiplicative-power'];
  if (!rules.includes(rule))
    throw argumentError(`stdp: rule must be ${rules.map((word) => `'${word}'`).join(' or ')}, but is ${String(rule)}.`);
  if (!(dt > 0 && dt < Infinity)) throw argumentError(`stdp: dt must be a finite number of seconds above 0, but is ${String(dt)}.`);
  if (!(minimum < maximum)) throw argumentError(`stdp: minimum must be below maximum, but they are ${minimum} and ${maximum}.`);
  if (!(exponent >= 0)) throw argumentError(`stdp: exponent must be at least 0, but is ${String(exponent)}.`);
  for (const key of ['tauPre', 'tauPost'] as const) {
    const tau = parameters[key];
    if (typeof tau !== 'number') continue;
    if (!(tau > 0)) throw argumentError(`stdp: ${key} is a time constant and must be above 0 s, but is ${tau}.`);
    if (decay === 'euler' && dt > tau)
      throw argumentError(
        `stdp: an Euler step of dt = ${dt} s is longer than ${key} = ${tau} s, so the trace would change its sign in every step; choose a smaller dt or decay 'exponential'.`,
      );
  }
}

/** x^exponent of a distance to a bound: 0 at and beyond the bound, where the derivative counts as 0, too. */
function power<T extends TensorMeta>(b: Backend<T>, x: T, exponent: number): T {
  if (Number.isInteger(exponent)) return pow(b, x, exponent);
  const inside = b.gt(x, 0);
  return b.where(inside, pow(b, b.where(inside, x, 1), exponent), 0);
}

/** One step, given how spikes and traces of both sides are multiplied and summed. */
function stdpStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: StdpParameters<T>,
  state: StdpState<T>,
  w: T,
  preSpikes: T,
  postSpikes: T,
  options: StdpOptions,
  correlate: (before: T, after: T) => T,
): readonly [T, StdpState<T>] {
  const { tauPre, tauPost, amplitudePre, amplitudePost, ratePlus, rateMinus } = parameters;
  const { dt, decay, rule, exponent, minimum, maximum, bounded } = options;
  const trace = (t: T, tau: Operand<T>, amplitude: Operand<T>, z: T): T =>
    b.add(t, b.mul(leakRate(b, dt, tau, decay), b.sub(b.mul(amplitude, z), t)));
  const pre = trace(state.pre, tauPre, amplitudePre, preSpikes);
  const post = trace(state.post, tauPost, amplitudePost, postSpikes);
  const room: Readonly<Record<StdpOptions['rule'], (distance: T) => Operand<T>>> = {
    additive: () => 1,
    'additive-step': (distance) => b.gt(distance, 0),
    multiplicative: (distance) => relu(b, distance),
    'multiplicative-power': (distance) => power(b, distance, exponent),
  };
  const growth = b.mul(b.mul(ratePlus, room[rule](b.sub(maximum, w))), correlate(pre, postSpikes));
  const loss = b.mul(b.mul(rateMinus, room[rule](b.sub(w, minimum))), correlate(preSpikes, post));
  const next = b.sub(b.add(w, growth), loss);
  return [bounded ? clip(b, next, minimum, maximum) : next, { pre, post }];
}

/**
 * One step of linear synapses: weight `[I, N]`, spikes before them `[B, I]` and after them `[B, N]` of the same step, to the next weight and
 * traces.
 */
export const stdpLinearStep = <T extends TensorMeta>(
  b: Backend<T>,
  parameters: StdpParameters<T>,
  state: StdpState<T>,
  weight: T,
  preSpikes: T,
  postSpikes: T,
  options: StdpOptions = STDP_DEFAULTS,
): readonly [T, StdpState<T>] =>
  stdpStep(b, parameters, state, weight, preSpikes, postSpikes, options, (before, after) => b.matmul(b.permute(before, [1, 0]), after));

/**
 * One step of convolutional synapses: weight `[O, C, k, k]`, spikes before them `[B, C, H, W]` and after them `[B, O, H', W']` of the same step,
 * to the next weight and traces.
 *
 * @param geometry of the convolution that the weight belongs to.
 */
export function stdpConv2dStep<T extends TensorMeta>(
  b: Backend<T>,
  parameters: StdpParameters<T>,
  state: StdpState<T>,
  weight: T,
  preSpikes: T,
  postSpikes: T,
  options: StdpOptions = STDP_DEFAULTS,
  { stride = 1, padding = 0, dilation = 1 }: Conv2dOptions = {},
): readonly [T, StdpState<T>] {
  const [outputs, channels, height, width] = weight.shape;
  const swap = (x: T): T => b.permute(x, [1, 0, 2, 3]);
  // each tap of a kernel sees the image at its own offset: a convolution with the output as kernel, in which stride and dilation change places
  const correlate = (before: T, after: T): T => {
    const taps = conv2d(b, swap(before), swap(after), { stride: dilation, padding, dilation: stride });
    return swap(b.slice(taps, [0, 0, 0, 0], [channels, outputs, height, width]));
  };
  return stdpStep(b, parameters, state, weight, preSpikes, postSpikes, options, correlate);
}
