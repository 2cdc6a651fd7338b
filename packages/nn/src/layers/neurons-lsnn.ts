/**
 * The adaptive neurons of `@snn/neurons-lsnn` as layers; equations, presets and defaults stand there. Options as of `lif`.
 */
import {
  adaLif as adaLifModel,
  adaptive as adaptiveModel,
  adLif as adLifModel,
  alif as alifModel,
  lifAdex as lifAdexModel,
  lifEx as lifExModel,
  lsnn as lsnnModel,
  seAdLif as seAdLifModel,
} from '@snn/neurons-lsnn';
import { type LayerOf, layerOf } from './layer-of.ts';

/** Leaky integrate-and-fire neurons whose threshold rises with every spike. */
export const lsnn: LayerOf<typeof lsnnModel> = /* @__PURE__ */ layerOf(lsnnModel);
/** Adaptive leaky integrate-and-fire neurons as first described by Bellec et al. */
export const alif: LayerOf<typeof alifModel> = /* @__PURE__ */ layerOf(alifModel);
/** Discrete-time leaky neurons with a rising threshold, as in rnnbuilder. */
export const adaptive: LayerOf<typeof adaptiveModel> = /* @__PURE__ */ layerOf(adaptiveModel);
/** Leaky integrate-and-fire neurons that their spikes hold down by a current. */
export const adaLif: LayerOf<typeof adaLifModel> = /* @__PURE__ */ layerOf(adaLifModel);
/** Adaptive neurons with an oscillating membrane, stepped by Euler. */
export const adLif: LayerOf<typeof adLifModel> = /* @__PURE__ */ layerOf(adLifModel);
/** Adaptive neurons with an oscillating membrane, stepped so that it stays bounded. */
export const seAdLif: LayerOf<typeof seAdLifModel> = /* @__PURE__ */ layerOf(seAdLifModel);
/** Exponential leaky integrate-and-fire neurons. */
export const lifEx: LayerOf<typeof lifExModel> = /* @__PURE__ */ layerOf(lifExModel);
/** Adaptive exponential neurons (AdEx). */
export const lifAdex: LayerOf<typeof lifAdexModel> = /* @__PURE__ */ layerOf(lifAdexModel);
