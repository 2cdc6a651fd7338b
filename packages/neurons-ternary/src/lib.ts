/**
 * Binary neurons: they send 1 when the membrane is above the threshold.
 *
 *   v = beta v + x
 *   output = [v - threshold + bias > 0]
 *   v = v - output threshold
 *
 * `traces.ts` and `step.ts` have the equations with all prefixes.
 */
import type { TernaryStep } from './grammar.ts';
import { makeModel, type TernaryModel } from './model.ts';
import { firingStep } from './step.ts';

/** Binary neuron: the step. */
export const libStep: TernaryStep<'lib'> = /* @__PURE__ */ firingStep('lib');
/** Binary neuron: the model as data. */
export const lib: TernaryModel<'lib'> = /* @__PURE__ */ makeModel('lib', libStep);

/** Binary neuron with two sides: the step. */
export const dlibStep: TernaryStep<'dlib'> = /* @__PURE__ */ firingStep('dlib');
/** Binary neuron with two sides: the model as data. */
export const dlib: TernaryModel<'dlib'> = /* @__PURE__ */ makeModel('dlib', dlibStep);

/** Binary neuron with a synaptic trace: the step. */
export const slibStep: TernaryStep<'slib'> = /* @__PURE__ */ firingStep('slib');
/** Binary neuron with a synaptic trace: the model as data. */
export const slib: TernaryModel<'slib'> = /* @__PURE__ */ makeModel('slib', slibStep);

/** Binary neuron with a recurrent trace: the step. */
export const rlibStep: TernaryStep<'rlib'> = /* @__PURE__ */ firingStep('rlib');
/** Binary neuron with a recurrent trace: the model as data. */
export const rlib: TernaryModel<'rlib'> = /* @__PURE__ */ makeModel('rlib', rlibStep);

/** Binary neuron with two sides and a synaptic trace: the step. */
export const dslibStep: TernaryStep<'dslib'> = /* @__PURE__ */ firingStep('dslib');
/** Binary neuron with two sides and a synaptic trace: the model as data. */
export const dslib: TernaryModel<'dslib'> = /* @__PURE__ */ makeModel('dslib', dslibStep);

/** Binary neuron with two sides and a recurrent trace: the step. */
export const drlibStep: TernaryStep<'drlib'> = /* @__PURE__ */ firingStep('drlib');
/** Binary neuron with two sides and a recurrent trace: the model as data. */
export const drlib: TernaryModel<'drlib'> = /* @__PURE__ */ makeModel('drlib', drlibStep);

/** Binary neuron with a synaptic trace and a recurrent trace: the step. */
export const srlibStep: TernaryStep<'srlib'> = /* @__PURE__ */ firingStep('srlib');
/** Binary neuron with a synaptic trace and a recurrent trace: the model as data. */
export const srlib: TernaryModel<'srlib'> = /* @__PURE__ */ makeModel('srlib', srlibStep);

/** Binary neuron with two sides, a synaptic trace and a recurrent trace: the step. */
export const dsrlibStep: TernaryStep<'dsrlib'> = /* @__PURE__ */ firingStep('dsrlib');
/** Binary neuron with two sides, a synaptic trace and a recurrent trace: the model as data. */
export const dsrlib: TernaryModel<'dsrlib'> = /* @__PURE__ */ makeModel('dsrlib', dsrlibStep);
