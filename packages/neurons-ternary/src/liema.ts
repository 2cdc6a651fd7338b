/**
 * Leaky integrators as exponential moving averages: a membrane keeps the part beta of itself and takes the part 1 - beta of its input.
 *
 *   v = beta v + (1 - beta) x
 *   output = v
 *
 * `traces.ts` and `step.ts` have the equations with all prefixes.
 */
import type { TernaryStep } from './grammar.ts';
import { makeModel, type TernaryModel } from './model.ts';
import { integratorStep } from './step.ts';

/** Leaky average: the step. */
export const liemaStep: TernaryStep<'liema'> = /* @__PURE__ */ integratorStep('liema');
/** Leaky average: the model as data. */
export const liema: TernaryModel<'liema'> = /* @__PURE__ */ makeModel('liema', liemaStep);

/** Leaky average with two sides: the step. */
export const dliemaStep: TernaryStep<'dliema'> = /* @__PURE__ */ integratorStep('dliema');
/** Leaky average with two sides: the model as data. */
export const dliema: TernaryModel<'dliema'> = /* @__PURE__ */ makeModel('dliema', dliemaStep);

/** Leaky average with a synaptic trace: the step. */
export const sliemaStep: TernaryStep<'sliema'> = /* @__PURE__ */ integratorStep('sliema');
/** Leaky average with a synaptic trace: the model as data. */
export const sliema: TernaryModel<'sliema'> = /* @__PURE__ */ makeModel('sliema', sliemaStep);

/** Leaky average with two sides and a synaptic trace: the step. */
export const dsliemaStep: TernaryStep<'dsliema'> = /* @__PURE__ */ integratorStep('dsliema');
/** Leaky average with two sides and a synaptic trace: the model as data. */
export const dsliema: TernaryModel<'dsliema'> = /* @__PURE__ */ makeModel('dsliema', dsliemaStep);
