/** `@snn/neurons-lif`: leaky integrate-and-fire neurons as pure step functions. */
export * from './cooldown.ts';
export * from './discontinuous.ts';
export * from './integrate-and-fire.ts';
export * from './leaky.ts';
export * from './li.ts';
export * from './li-box.ts';
export * from './lif.ts';
export * from './lif-box.ts';
export * from './no-reset.ts';
export type { DiscreteResetMode, DiscreteResetOptions, ResetTiming } from './reset.ts';
export * from './synaptic.ts';
