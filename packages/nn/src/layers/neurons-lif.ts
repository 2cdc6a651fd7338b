/**
 * The neurons of `@snn/neurons-lif` as layers; equations and defaults stand there. Options are the model's parameters (numbers, one number per
 * neuron or channel, or `learnable(...)`) and its static options, so presets can be spread: `lif(128, { ...LIF_NORSE, tau: 20e-3 })`.
 */
import {
  alpha as alphaModel,
  conductanceLif as conductanceLifModel,
  cooldown as cooldownModel,
  discontinuous as discontinuousModel,
  exponentialFilter as exponentialFilterModel,
  integrateAndFire as integrateAndFireModel,
  izhikevich as izhikevichModel,
  lapicque as lapicqueModel,
  leaky as leakyModel,
  liBox as liBoxModel,
  lifBox as lifBoxModel,
  lif as lifModel,
  lifRefractory as lifRefractoryModel,
  li as liModel,
  noReset as noResetModel,
  recurrentLeaky as recurrentLeakyModel,
  recurrentSynaptic as recurrentSynapticModel,
  synaptic as synapticModel,
  tsodyksMakram as tsodyksMakramModel,
} from '@snn/neurons-lif';
import { type LayerOf, layerOf } from './layer-of.ts';
import { neuron } from './neuron.ts';

/** Leaky integrators with a synaptic current; they send their membranes. */
export const li: LayerOf<typeof liModel> = /* @__PURE__ */ layerOf(liModel);
/** Leaky integrators without synapse; they send their membranes. */
export const liBox: LayerOf<typeof liBoxModel> = /* @__PURE__ */ layerOf(liBoxModel);
/** Integrate-and-fire neurons without leak. */
export const integrateAndFire: LayerOf<typeof integrateAndFireModel> = /* @__PURE__ */ layerOf(integrateAndFireModel);
/** Leaky integrate-and-fire neurons with a synaptic current. */
export const lif: LayerOf<typeof lifModel> = /* @__PURE__ */ layerOf(lifModel);
/** Leaky integrate-and-fire neurons without synapse. */
export const lifBox: LayerOf<typeof lifBoxModel> = /* @__PURE__ */ layerOf(lifBoxModel);
/** Leaky integrate-and-fire neurons that rest after a spike. */
export const lifRefractory: LayerOf<typeof lifRefractoryModel> = /* @__PURE__ */ layerOf(lifRefractoryModel);
/** Discrete-time leaky neurons, as in snnTorch, rnnbuilder and traceTorch. */
export const leaky: LayerOf<typeof leakyModel> = /* @__PURE__ */ layerOf(leakyModel);
/** Discrete-time leaky neurons with a synaptic current. */
export const synaptic: LayerOf<typeof synapticModel> = /* @__PURE__ */ layerOf(synapticModel);
/** Discrete-time leaky neurons, each of which hears its own last spike. */
export const recurrentLeaky: LayerOf<typeof recurrentLeakyModel> = /* @__PURE__ */ layerOf(recurrentLeakyModel);
/** Discrete-time leaky neurons with a synaptic current, each of which hears its own last spike. */
export const recurrentSynaptic: LayerOf<typeof recurrentSynapticModel> = /* @__PURE__ */ layerOf(recurrentSynapticModel);
/** Neurons of a resistor and a capacitor. */
export const lapicque: LayerOf<typeof lapicqueModel> = /* @__PURE__ */ layerOf(lapicqueModel);
/** Neurons whose membrane rises smoothly after a spike at the input. */
export const alpha: LayerOf<typeof alphaModel> = /* @__PURE__ */ layerOf(alphaModel);
/** Leaky neurons that spikes do not reset. */
export const noReset: LayerOf<typeof noResetModel> = /* @__PURE__ */ layerOf(noResetModel);
/** Leaky averages of e^x that fire one step late and are not reset. */
export const cooldown: LayerOf<typeof cooldownModel> = /* @__PURE__ */ layerOf(cooldownModel);
/** Spikes straight from the input, without memory. */
export const discontinuous: LayerOf<typeof discontinuousModel> = /* @__PURE__ */ layerOf(discontinuousModel);
/** Izhikevich's neurons; twenty behaviours are `IZHIKEVICH_BEHAVIOURS`. */
export const izhikevich: LayerOf<typeof izhikevichModel> = /* @__PURE__ */ layerOf(izhikevichModel);
/** Leaky integrate-and-fire neurons whose inputs open channels: excitatory where positive, inhibitory where negative. */
export const conductanceLif: LayerOf<typeof conductanceLifModel> = /* @__PURE__ */ layerOf(conductanceLifModel);
/** Traces without threshold: they send a filtered input. */
export const exponentialFilter: LayerOf<typeof exponentialFilterModel> = /* @__PURE__ */ layerOf(exponentialFilterModel);
/** Short-term plasticity of the synapses that leave a layer of neurons: spikes in, spikes of changing strength out. Put it before `linear`. */
export const tsodyksMakram: LayerOf<typeof tsodyksMakramModel> = /* @__PURE__ */ layerOf(tsodyksMakramModel);
/** The usual last layer: `li` by another name. Its membranes are the scores of the classes. */
export const leakyReadout: LayerOf<typeof liModel> = (size, options) => neuron({ ...liModel, name: 'leakyReadout' }, size, options);
