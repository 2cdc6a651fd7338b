// Which package may import which: the layers of the design as data. Nothing imports upwards. A new package gets its row
// here before it compiles; a row that grows is a decision, not an accident.

export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  // contract
  core: [],
  // transforms
  autodiff: ['core'],
  compile: ['core', 'autodiff'],
  // backends
  'backend-cpu': ['core', 'compile'],
  'backend-gpu': ['core', 'compile'],
  'backend-tfjs': ['core', 'compile'],
  'backend-conformance': ['core', 'autodiff', 'compile'],
  // domain
  surrogates: ['core'],
  'neurons-lif': ['core', 'surrogates'],
  'neurons-lsnn': ['core', 'surrogates'],
  'neurons-ternary': ['core', 'surrogates'],
  'neurons-slstm': ['core', 'surrogates'],
  encoders: ['core', 'surrogates', 'neurons-lif'],
  // user
  data: ['core'],
  viz: ['core'],
  nn: ['core', 'autodiff', 'compile', 'surrogates', 'neurons-lif', 'neurons-lsnn', 'neurons-ternary', 'neurons-slstm', 'encoders'],
  learning: ['core', 'autodiff', 'compile', 'neurons-lif', 'nn'],
};

/** Packages whose code may import, at run time, functions only: what a user cherry-picks must bring nothing else along. */
export const FUNCTIONS_ONLY: readonly string[] = [
  'surrogates',
  'neurons-lif',
  'neurons-ternary',
  'neurons-lsnn',
  'neurons-slstm',
  'encoders',
];
