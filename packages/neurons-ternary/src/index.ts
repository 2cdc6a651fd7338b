/** `@snn/neurons-ternary`: integrating, binary and ternary neurons with dual, synaptic and recurrent traces, as pure step functions. */
export { alongAxis } from './axis.ts';
export type {
  FiringName,
  IntegratorName,
  OptionsOf,
  TernaryName,
  TernaryParameterName,
  TernaryParameters,
  TernaryState,
  TernaryStateName,
  TernaryStep,
} from './grammar.ts';
export * from './li.ts';
export * from './lib.ts';
export * from './liema.ts';
export * from './lit.ts';
export * from './lits.ts';
export type { TernaryModel } from './model.ts';
export * from './options.ts';
export * from './quantizers.ts';
