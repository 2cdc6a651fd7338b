/** `@snn/surrogates`: the spike function and what stands in for its derivative. */
export { arctan } from './arctan.ts';
export { circular } from './circular.ts';
export { custom } from './custom.ts';
export { erfc } from './erfc.ts';
export { fastSigmoid } from './fast-sigmoid.ts';
export { gaussian } from './gaussian.ts';
export { leaky } from './leaky.ts';
export { type MultiGaussianOptions, multiGaussian } from './multi-gaussian.ts';
export { rectangle } from './rectangle.ts';
export { resetTo } from './reset.ts';
export { sigmoid } from './sigmoid.ts';
export { type Comparison, spike } from './spike.ts';
export { straightThrough } from './straight-through.ts';
export type { Surrogate } from './surrogate.ts';
export { tanh } from './tanh.ts';
export { triangle } from './triangle.ts';
