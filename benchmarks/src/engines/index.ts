/** The engines that can be asked for by name. A new engine, a compiled one say, is a row here and nothing else. */
import { eagerEngine } from './eager.ts';
import type { Engine } from './engine.ts';

/** Loaded when asked for, so that a process holds one engine only. */
export const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  eager: async () => eagerEngine,
  compiled: async () => (await import('./compiled.ts')).compiledEngine,
  joined: async () => (await import('./joined.ts')).joinedEngine,
  fused: async () => (await import('./compiled.ts')).fusedEngine,
  tfjs: async () => (await import('./tfjs.ts')).tfjsEngine('wasm'),
  'tfjs-cpu': async () => (await import('./tfjs.ts')).tfjsEngine('cpu'),
  'snn-tfjs': async () => (await import('./on-tfjs.ts')).onTfjs('wasm', 'scheduled'),
  'snn-tfjs-eager': async () => (await import('./on-tfjs.ts')).onTfjs('wasm', 'eager'),
  'snn-tfjs-cpu': async () => (await import('./on-tfjs.ts')).onTfjs('cpu', 'scheduled'),
  'snn-tfjs-cpu-eager': async () => (await import('./on-tfjs.ts')).onTfjs('cpu', 'eager'),
};
