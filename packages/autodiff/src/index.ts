/** `@snn/autodiff`: gradients by decorating a backend. */
export { autodiff, type Differentiator, type Var } from './autodiff.ts';
export { grad, type LossFunction, type Vars, type Vjp, valueAndGrad, vjp } from './grad.ts';
export { type GradcheckResult, gradcheck } from './gradcheck.ts';
