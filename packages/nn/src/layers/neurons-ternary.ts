/**
 * The 32 neurons of `@snn/neurons-ternary` as layers, by the names they have there; equations and defaults stand there. Only `li` is called
 * `traceLi`, since `li` is the integrator of `@snn/neurons-lif`. Options as of `lif`. Quantisers that draw random numbers are not for layers.
 */
import {
  dlib as dlibModel,
  dliema as dliemaModel,
  dli as dliModel,
  dlit as dlitModel,
  dlits as dlitsModel,
  drlib as drlibModel,
  drlit as drlitModel,
  drlits as drlitsModel,
  dslib as dslibModel,
  dsliema as dsliemaModel,
  dsli as dsliModel,
  dslit as dslitModel,
  dslits as dslitsModel,
  dsrlib as dsrlibModel,
  dsrlit as dsrlitModel,
  dsrlits as dsrlitsModel,
  lib as libModel,
  liema as liemaModel,
  li as liModel,
  lit as litModel,
  lits as litsModel,
  rlib as rlibModel,
  rlit as rlitModel,
  rlits as rlitsModel,
  slib as slibModel,
  sliema as sliemaModel,
  sli as sliModel,
  slit as slitModel,
  slits as slitsModel,
  srlib as srlibModel,
  srlit as srlitModel,
  srlits as srlitsModel,
} from '@snn/neurons-ternary';
import { type LayerOf, layerOf } from './layer-of.ts';

/** Leaky integrators. */
export const traceLi: LayerOf<typeof liModel> = /* @__PURE__ */ layerOf(liModel);
/** Leaky integrators with two sides. */
export const dli: LayerOf<typeof dliModel> = /* @__PURE__ */ layerOf(dliModel);
/** Leaky integrators with a synaptic trace. */
export const sli: LayerOf<typeof sliModel> = /* @__PURE__ */ layerOf(sliModel);
/** Leaky integrators with two sides and a synaptic trace. */
export const dsli: LayerOf<typeof dsliModel> = /* @__PURE__ */ layerOf(dsliModel);
/** Leaky integrators, as exponential moving averages. */
export const liema: LayerOf<typeof liemaModel> = /* @__PURE__ */ layerOf(liemaModel);
/** Leaky integrators, as exponential moving averages with two sides. */
export const dliema: LayerOf<typeof dliemaModel> = /* @__PURE__ */ layerOf(dliemaModel);
/** Leaky integrators, as exponential moving averages with a synaptic trace. */
export const sliema: LayerOf<typeof sliemaModel> = /* @__PURE__ */ layerOf(sliemaModel);
/** Leaky integrators, as exponential moving averages with two sides and a synaptic trace. */
export const dsliema: LayerOf<typeof dsliemaModel> = /* @__PURE__ */ layerOf(dsliemaModel);
/** Binary neurons. */
export const lib: LayerOf<typeof libModel> = /* @__PURE__ */ layerOf(libModel);
/** Binary neurons with two sides. */
export const dlib: LayerOf<typeof dlibModel> = /* @__PURE__ */ layerOf(dlibModel);
/** Binary neurons with a synaptic trace. */
export const slib: LayerOf<typeof slibModel> = /* @__PURE__ */ layerOf(slibModel);
/** Binary neurons with a recurrent trace. */
export const rlib: LayerOf<typeof rlibModel> = /* @__PURE__ */ layerOf(rlibModel);
/** Binary neurons with two sides and a synaptic trace. */
export const dslib: LayerOf<typeof dslibModel> = /* @__PURE__ */ layerOf(dslibModel);
/** Binary neurons with two sides and a recurrent trace. */
export const drlib: LayerOf<typeof drlibModel> = /* @__PURE__ */ layerOf(drlibModel);
/** Binary neurons with a synaptic trace and a recurrent trace. */
export const srlib: LayerOf<typeof srlibModel> = /* @__PURE__ */ layerOf(srlibModel);
/** Binary neurons with two sides, a synaptic trace and a recurrent trace. */
export const dsrlib: LayerOf<typeof dsrlibModel> = /* @__PURE__ */ layerOf(dsrlibModel);
/** Ternary neurons. */
export const lit: LayerOf<typeof litModel> = /* @__PURE__ */ layerOf(litModel);
/** Ternary neurons with two sides. */
export const dlit: LayerOf<typeof dlitModel> = /* @__PURE__ */ layerOf(dlitModel);
/** Ternary neurons with a synaptic trace. */
export const slit: LayerOf<typeof slitModel> = /* @__PURE__ */ layerOf(slitModel);
/** Ternary neurons with a recurrent trace. */
export const rlit: LayerOf<typeof rlitModel> = /* @__PURE__ */ layerOf(rlitModel);
/** Ternary neurons with two sides and a synaptic trace. */
export const dslit: LayerOf<typeof dslitModel> = /* @__PURE__ */ layerOf(dslitModel);
/** Ternary neurons with two sides and a recurrent trace. */
export const drlit: LayerOf<typeof drlitModel> = /* @__PURE__ */ layerOf(drlitModel);
/** Ternary neurons with a synaptic trace and a recurrent trace. */
export const srlit: LayerOf<typeof srlitModel> = /* @__PURE__ */ layerOf(srlitModel);
/** Ternary neurons with two sides, a synaptic trace and a recurrent trace. */
export const dsrlit: LayerOf<typeof dsrlitModel> = /* @__PURE__ */ layerOf(dsrlitModel);
/** Ternary neurons with scaled outputs. */
export const lits: LayerOf<typeof litsModel> = /* @__PURE__ */ layerOf(litsModel);
/** Ternary neurons with scaled outputs with two sides. */
export const dlits: LayerOf<typeof dlitsModel> = /* @__PURE__ */ layerOf(dlitsModel);
/** Ternary neurons with scaled outputs with a synaptic trace. */
export const slits: LayerOf<typeof slitsModel> = /* @__PURE__ */ layerOf(slitsModel);
/** Ternary neurons with scaled outputs with a recurrent trace. */
export const rlits: LayerOf<typeof rlitsModel> = /* @__PURE__ */ layerOf(rlitsModel);
/** Ternary neurons with scaled outputs with two sides and a synaptic trace. */
export const dslits: LayerOf<typeof dslitsModel> = /* @__PURE__ */ layerOf(dslitsModel);
/** Ternary neurons with scaled outputs with two sides and a recurrent trace. */
export const drlits: LayerOf<typeof drlitsModel> = /* @__PURE__ */ layerOf(drlitsModel);
/** Ternary neurons with scaled outputs with a synaptic trace and a recurrent trace. */
export const srlits: LayerOf<typeof srlitsModel> = /* @__PURE__ */ layerOf(srlitsModel);
/** Ternary neurons with scaled outputs with two sides, a synaptic trace and a recurrent trace. */
export const dsrlits: LayerOf<typeof dsrlitsModel> = /* @__PURE__ */ layerOf(dsrlitsModel);
