/**
 * The neurons of `@snn/neurons-lif` as layers; equations and defaults stand there. Options are the model's parameters (numbers, one number per
 * neuron, or `learnable(...)`) and its static options, so presets can be spread: `lif(128, { ...LIF_NORSE, tau: 20e-3 })`.
 */
import type { NeuronModel } from '@snn/core';
import {
  cooldown as cooldownModel,
  discontinuous as discontinuousModel,
  integrateAndFire as integrateAndFireModel,
  leaky as leakyModel,
  liBox as liBoxModel,
  lifBox as lifBoxModel,
  lif as lifModel,
  li as liModel,
  noReset as noResetModel,
  synaptic as synapticModel,
} from '@snn/neurons-lif';
import type { Layer } from '../layer.ts';
import { type NeuronOptions, type NeuronSize, neuron } from './neuron.ts';

/** Options of the layer of a neuron model. */
export type OptionsOf<M> = M extends NeuronModel<infer P, infer _S, infer O> ? NeuronOptions<P, O> : never;

/** Leaky integrators with a synaptic current; they send their membranes. */
export const li = (size: NeuronSize, options?: OptionsOf<typeof liModel>): Layer => neuron(liModel, size, options);
/** Leaky integrators without synapse; they send their membranes. */
export const liBox = (size: NeuronSize, options?: OptionsOf<typeof liBoxModel>): Layer => neuron(liBoxModel, size, options);
/** Integrate-and-fire neurons without leak. */
export const integrateAndFire = (size: NeuronSize, options?: OptionsOf<typeof integrateAndFireModel>): Layer =>
  neuron(integrateAndFireModel, size, options);
/** Leaky integrate-and-fire neurons with a synaptic current. */
export const lif = (size: NeuronSize, options?: OptionsOf<typeof lifModel>): Layer => neuron(lifModel, size, options);
/** Leaky integrate-and-fire neurons without synapse. */
export const lifBox = (size: NeuronSize, options?: OptionsOf<typeof lifBoxModel>): Layer => neuron(lifBoxModel, size, options);
/** Discrete-time leaky neurons, as in snnTorch, rnnbuilder and traceTorch. */
export const leaky = (size: NeuronSize, options?: OptionsOf<typeof leakyModel>): Layer => neuron(leakyModel, size, options);
/** Discrete-time leaky neurons with a synaptic current. */
export const synaptic = (size: NeuronSize, options?: OptionsOf<typeof synapticModel>): Layer => neuron(synapticModel, size, options);
/** Leaky neurons that spikes do not reset. */
export const noReset = (size: NeuronSize, options?: OptionsOf<typeof noResetModel>): Layer => neuron(noResetModel, size, options);
/** Leaky averages of e^x that fire one step late and are not reset. */
export const cooldown = (size: NeuronSize, options?: OptionsOf<typeof cooldownModel>): Layer => neuron(cooldownModel, size, options);
/** Spikes straight from the input, without memory. */
export const discontinuous = (size: NeuronSize, options?: OptionsOf<typeof discontinuousModel>): Layer =>
  neuron(discontinuousModel, size, options);
/** The usual last layer: `li` by another name. Its membranes are the scores of the classes. */
export const leakyReadout = (size: NeuronSize, options?: OptionsOf<typeof liModel>): Layer =>
  neuron({ ...liModel, name: 'leakyReadout' }, size, options);
