/**
 * Ternary neurons: they send 1 when the membrane is above one threshold and -1 when it is below the other.
 *
 *   v = beta v + x
 *   p = [v - positiveThreshold + bias > 0]
 *   n = [-negativeThreshold - v - bias > 0]
 *   v = v - p positiveThreshold + n negativeThreshold
 *   output = p - n
 *
 * `traces.ts` and `step.ts` have the equations with all prefixes.
 */
import type { TernaryStep } from './grammar.ts';
import { makeModel, type TernaryModel } from './model.ts';
import { firingStep } from './step.ts';

/** Ternary neuron: the step. */
export const litStep: TernaryStep<'lit'> = /* @__PURE__ */ firingStep('lit');
/** Ternary neuron: the model as data. */
export const lit: TernaryModel<'lit'> = /* @__PURE__ */ makeModel('lit', litStep);

/** Ternary neuron with two sides: the step. */
export const dlitStep: TernaryStep<'dlit'> = /* @__PURE__ */ firingStep('dlit');
/** Ternary neuron with two sides: the model as data. */
export const dlit: TernaryModel<'dlit'> = /* @__PURE__ */ makeModel('dlit', dlitStep);

/** Ternary neuron with a synaptic trace: the step. */
export const slitStep: TernaryStep<'slit'> = /* @__PURE__ */ firingStep('slit');
/** Ternary neuron with a synaptic trace: the model as data. */
export const slit: TernaryModel<'slit'> = /* @__PURE__ */ makeModel('slit', slitStep);

/** Ternary neuron with a recurrent trace: the step. */
export const rlitStep: TernaryStep<'rlit'> = /* @__PURE__ */ firingStep('rlit');
/** Ternary neuron with a recurrent trace: the model as data. */
export const rlit: TernaryModel<'rlit'> = /* @__PURE__ */ makeModel('rlit', rlitStep);

/** Ternary neuron with two sides and a synaptic trace: the step. */
export const dslitStep: TernaryStep<'dslit'> = /* @__PURE__ */ firingStep('dslit');
/** Ternary neuron with two sides and a synaptic trace: the model as data. */
export const dslit: TernaryModel<'dslit'> = /* @__PURE__ */ makeModel('dslit', dslitStep);

/** Ternary neuron with two sides and a recurrent trace: the step. */
export const drlitStep: TernaryStep<'drlit'> = /* @__PURE__ */ firingStep('drlit');
/** Ternary neuron with two sides and a recurrent trace: the model as data. */
export const drlit: TernaryModel<'drlit'> = /* @__PURE__ */ makeModel('drlit', drlitStep);

/** Ternary neuron with a synaptic trace and a recurrent trace: the step. */
export const srlitStep: TernaryStep<'srlit'> = /* @__PURE__ */ firingStep('srlit');
/** Ternary neuron with a synaptic trace and a recurrent trace: the model as data. */
export const srlit: TernaryModel<'srlit'> = /* @__PURE__ */ makeModel('srlit', srlitStep);

/** Ternary neuron with two sides, a synaptic trace and a recurrent trace: the step. */
export const dsrlitStep: TernaryStep<'dsrlit'> = /* @__PURE__ */ firingStep('dsrlit');
/** Ternary neuron with two sides, a synaptic trace and a recurrent trace: the model as data. */
export const dsrlit: TernaryModel<'dsrlit'> = /* @__PURE__ */ makeModel('dsrlit', dsrlitStep);
