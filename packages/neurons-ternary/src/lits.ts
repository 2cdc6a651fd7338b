/**
 * Ternary neurons with scaled outputs: they send `positiveScale` when the membrane is above one threshold and `-negativeScale` when it is below
 * the other.
 *
 *   v = beta v + x
 *   p = [v - positiveThreshold + bias > 0]
 *   n = [-negativeThreshold - v - bias > 0]
 *   v = v - p positiveThreshold + n negativeThreshold
 *   output = p positiveScale - n negativeScale
 *
 * `traces.ts` and `step.ts` have the equations with all prefixes.
 */
import type { TernaryStep } from './grammar.ts';
import { makeModel, type TernaryModel } from './model.ts';
import { firingStep } from './step.ts';

/** Ternary scaled neuron: the step. */
export const litsStep: TernaryStep<'lits'> = /* @__PURE__ */ firingStep('lits');
/** Ternary scaled neuron: the model as data. */
export const lits: TernaryModel<'lits'> = /* @__PURE__ */ makeModel('lits', litsStep);

/** Ternary scaled neuron with two sides: the step. */
export const dlitsStep: TernaryStep<'dlits'> = /* @__PURE__ */ firingStep('dlits');
/** Ternary scaled neuron with two sides: the model as data. */
export const dlits: TernaryModel<'dlits'> = /* @__PURE__ */ makeModel('dlits', dlitsStep);

/** Ternary scaled neuron with a synaptic trace: the step. */
export const slitsStep: TernaryStep<'slits'> = /* @__PURE__ */ firingStep('slits');
/** Ternary scaled neuron with a synaptic trace: the model as data. */
export const slits: TernaryModel<'slits'> = /* @__PURE__ */ makeModel('slits', slitsStep);

/** Ternary scaled neuron with a recurrent trace: the step. */
export const rlitsStep: TernaryStep<'rlits'> = /* @__PURE__ */ firingStep('rlits');
/** Ternary scaled neuron with a recurrent trace: the model as data. */
export const rlits: TernaryModel<'rlits'> = /* @__PURE__ */ makeModel('rlits', rlitsStep);

/** Ternary scaled neuron with two sides and a synaptic trace: the step. */
export const dslitsStep: TernaryStep<'dslits'> = /* @__PURE__ */ firingStep('dslits');
/** Ternary scaled neuron with two sides and a synaptic trace: the model as data. */
export const dslits: TernaryModel<'dslits'> = /* @__PURE__ */ makeModel('dslits', dslitsStep);

/** Ternary scaled neuron with two sides and a recurrent trace: the step. */
export const drlitsStep: TernaryStep<'drlits'> = /* @__PURE__ */ firingStep('drlits');
/** Ternary scaled neuron with two sides and a recurrent trace: the model as data. */
export const drlits: TernaryModel<'drlits'> = /* @__PURE__ */ makeModel('drlits', drlitsStep);

/** Ternary scaled neuron with a synaptic trace and a recurrent trace: the step. */
export const srlitsStep: TernaryStep<'srlits'> = /* @__PURE__ */ firingStep('srlits');
/** Ternary scaled neuron with a synaptic trace and a recurrent trace: the model as data. */
export const srlits: TernaryModel<'srlits'> = /* @__PURE__ */ makeModel('srlits', srlitsStep);

/** Ternary scaled neuron with two sides, a synaptic trace and a recurrent trace: the step. */
export const dsrlitsStep: TernaryStep<'dsrlits'> = /* @__PURE__ */ firingStep('dsrlits');
/** Ternary scaled neuron with two sides, a synaptic trace and a recurrent trace: the model as data. */
export const dsrlits: TernaryModel<'dsrlits'> = /* @__PURE__ */ makeModel('dsrlits', dsrlitsStep);
