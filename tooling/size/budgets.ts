// What each entry point may cost a user, in bytes after minifying and gzip. A budget is a number that someone has to
// decide to raise, with the reason; it is no reason to leave a feature out.

export interface Budget {
  /** What is imported, as the user would write it. */
  readonly code: string;
  readonly limit: number;
  /** Packages that are not counted. */
  readonly external?: readonly string[];
}

export const BUDGETS: readonly Budget[] = [
  { code: "export { lifStep } from '@snn/neurons-lif'; export { fastSigmoid } from '@snn/surrogates';", limit: 1000 },
  { code: "export { lsnnStep } from '@snn/neurons-lsnn'; export { fastSigmoid } from '@snn/surrogates';", limit: 1200 },
  // one construction makes all 24 firing models, so lits carries the d, s and r of dsrlits
  { code: "export { litsStep } from '@snn/neurons-ternary'; export { fastSigmoid } from '@snn/surrogates';", limit: 1550 },
  { code: "export { dsrlitsStep } from '@snn/neurons-ternary'; export { fastSigmoid } from '@snn/surrogates';", limit: 1550 },
  { code: "export { liStep } from '@snn/neurons-ternary';", limit: 700 },
  // half of it is core's sigmoid and tanh
  { code: "export { slstmStep } from '@snn/neurons-slstm'; export { fastSigmoid } from '@snn/surrogates';", limit: 1450 },
  // that, the convolution and both poolings, each with its gradients as operations of their own
  { code: "export { sconv2dLstmStep } from '@snn/neurons-slstm'; export { fastSigmoid } from '@snn/surrogates';", limit: 3600 },
  { code: "export { valueAndGrad } from '@snn/autodiff';", limit: 2048, external: ['@snn/core'] },
  // with what it takes of core: the op table, trees and the arena, which a program that trains has anyway
  { code: "export { valueAndGrad } from '@snn/autodiff';", limit: 2850 },
  { code: "export * from '@snn/autodiff';", limit: 5000 },
  // 2 kB of it are convolution, pooling and their gradients
  { code: "export { plainCpu } from '@snn/backend-cpu';", limit: 8100 },
  // with the compiler, the assembler, kernels in JavaScript for pages that forbid WebAssembly, and the kernels of products, convolution, pooling and random numbers: what makes training several times faster
  { code: "export { cpu } from '@snn/backend-cpu';", limit: 51000 },
  // what drives tfjs, without tfjs itself; two thirds of it schedule traced steps, choose what to keep of them and run them
  { code: "export { tfjs } from '@snn/backend-tfjs';", limit: 17300 },
  // what drives gpu.js, without gpu.js itself; two thirds of it trace and schedule, and take derived operations apart
  { code: "export { gpu } from '@snn/backend-gpu';", limit: 27000, external: ['gpu.js'] },
  // layers, one neuron, and what runs them over time, also in parts between normalisations; no training
  { code: "export { sequential, linear, lif, run } from '@snn/nn';", limit: 7400 },
  // the tracer, the passes and what it takes to learn forward in time; layers and models, which a program that trains has anyway, are not counted
  { code: "export { eprop } from '@snn/learning';", limit: 15700, external: ['@snn/nn'] },
  { code: "export { eventprop } from '@snn/learning';", limit: 7200 },
  { code: "export { mnist } from '@snn/data';", limit: 1300 },
  { code: "export { lineChart } from '@snn/viz';", limit: 2300 },
  { code: "export * from '@snn/viz';", limit: 5500 },
];

/** Packages of which every single export has the same ceiling. */
export const EACH_EXPORT: Readonly<Record<string, number>> = {
  '@snn/core': 2048,
  // 30 of it name an option that does not exist
  '@snn/surrogates': 530,
  '@snn/encoders': 1100,
  '@snn/neurons-lif': 2550,
  '@snn/neurons-lsnn': 2500,
  // sconv2dLstm has convolution and pooling with their gradients
  '@snn/neurons-slstm': 5400,
  // as lsnn, and what a name says of parameters and states
  '@snn/neurons-ternary': 3300,
};

/**
 * Packages from which users pick single functions. Bundling one of their files without using it must leave nothing of
 * it, even in a bundler that does not believe `sideEffects: false`; otherwise one function carries its neighbours' constants.
 */
export const LEAVES_NOTHING: readonly string[] = [
  'core',
  'autodiff',
  'surrogates',
  'neurons-lif',
  'neurons-lsnn',
  'neurons-slstm',
  'neurons-ternary',
  'encoders',
];

/** Steps that are another step with something around it, and therefore contain it. All others contain no other step. */
export const BUILT_ON: Readonly<Record<string, string>> = {
  lifRefractoryStep: 'lifStep',
  multiCompartmentLifStep: 'lifStep',
  recurrentLeakyStep: 'leakyStep',
  recurrentSynapticStep: 'synapticStep',
};

/** Networks, and the steps of neurons that their bundles contain: a layer brings its own model along and no other. */
export const NETWORKS: readonly { readonly code: string; readonly steps: readonly string[] }[] = [
  { code: "export { sequential, linear, lif } from '@snn/nn';", steps: ['lifStep'] },
  { code: "export { sequential, linear, leaky, recurrentCell, run } from '@snn/nn';", steps: ['leakyStep'] },
  { code: "export { lsnn, alif } from '@snn/nn';", steps: ['lsnnStep', 'alifStep'] },
  { code: "export { dsrlits, traceLi } from '@snn/nn';", steps: ['dsrlitsStep', 'liStep'] },
  { code: "export { feedback, placeholder, gradedSpikes, conv2d } from '@snn/nn';", steps: [] },
];
