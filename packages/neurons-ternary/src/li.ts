/**
 * Leaky integrators: they send their membrane, which keeps the part beta of itself and takes the whole input.
 *
 *   v = beta v + x
 *   output = v
 *
 * `traces.ts` and `step.ts` have the equations with all prefixes.
 */
import type { TernaryStep } from './grammar.ts';
import { makeModel, type TernaryModel } from './model.ts';
import { integratorStep } from './step.ts';

/** Leaky integrator: the step. */
export const liStep: TernaryStep<'li'> = /* @__PURE__ */ integratorStep('li');
/** Leaky integrator: the model as data. */
export const li: TernaryModel<'li'> = /* @__PURE__ */ makeModel('li', liStep);

/** Leaky integrator with two sides: the step. */
export const dliStep: TernaryStep<'dli'> = /* @__PURE__ */ integratorStep('dli');
/** Leaky integrator with two sides: the model as data. */
export const dli: TernaryModel<'dli'> = /* @__PURE__ */ makeModel('dli', dliStep);

/** Leaky integrator with a synaptic trace: the step. */
export const sliStep: TernaryStep<'sli'> = /* @__PURE__ */ integratorStep('sli');
/** Leaky integrator with a synaptic trace: the model as data. */
export const sli: TernaryModel<'sli'> = /* @__PURE__ */ makeModel('sli', sliStep);

/** Leaky integrator with two sides and a synaptic trace: the step. */
export const dsliStep: TernaryStep<'dsli'> = /* @__PURE__ */ integratorStep('dsli');
/** Leaky integrator with two sides and a synaptic trace: the model as data. */
export const dsli: TernaryModel<'dsli'> = /* @__PURE__ */ makeModel('dsli', dsliStep);
