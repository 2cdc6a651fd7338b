/**
 * The common neuron: v = 0.9 v + (x W + b); z = H(v - 1); v = v - z; surrogate ATan of sharpness 2; nothing is detached. It is `leakyStep` of
 * `@snn/neurons-lif`.
 */
import { type Backend, linear, type TensorMeta } from '@snn/core';
import { LEAKY_DEFAULTS, type LeakyOptions, leakyStep } from '@snn/neurons-lif';
import { arctan, type Surrogate } from '@snn/surrogates';

/** Options of the common neuron. */
export const commonNeuron = (surrogate: Surrogate = arctan()): LeakyOptions => ({ ...LEAKY_DEFAULTS, detachReset: false, surrogate });

const ATAN = commonNeuron();

/** Decay 0.9, threshold 1. */
export const fire = <T extends TensorMeta>(b: Backend<T>, v: T, current: T, options: LeakyOptions = ATAN): readonly [spikes: T, v: T] => {
  const [z, next] = leakyStep(b, { beta: 0.9, threshold: 1 }, { v }, current, options);
  return [z, next.v];
};

/** x W + b, then the common neuron. */
export const layer = <T extends TensorMeta>(b: Backend<T>, x: T, weight: T, bias: T, v: T): readonly [spikes: T, v: T] =>
  fire(b, v, linear(b, x, weight, bias));
