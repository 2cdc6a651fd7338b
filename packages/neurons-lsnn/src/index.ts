/** `@snn/neurons-lsnn`: adaptive spiking neurons as pure step functions. */
export * from './ad-lif.ts';
export * from './ada-lif.ts';
export * from './adaptive.ts';
export * from './alif.ts';
export * from './delay.ts';
export * from './lif-adex.ts';
export * from './lif-ex.ts';
export * from './lsnn.ts';
export * from './se-ad-lif.ts';
