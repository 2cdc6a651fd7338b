/** `@snn/core`: the contract between neurons, transforms and backends, and the pure functions that everyone shares. */
export * from './arena.ts';
export * from './check-neuron.ts';
export * from './conv2d.ts';
export * from './decay.ts';
export * from './define-backend.ts';
export * from './derived.ts';
export * from './errors.ts';
export * from './float32.ts';
export * from './neuron.ts';
export * from './ops.ts';
export * from './pool2d.ts';
export * from './quantization.ts';
export * from './random.ts';
export * from './rest.ts';
export * from './shapes.ts';
export * from './tree.ts';
export * from './types.ts';
