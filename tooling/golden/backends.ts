// The float32 backends that golden files can be checked on in Node, by name. A new one is a row here and nothing else.

import { tfjsOn } from '../../packages/backend-tfjs/test/devices.ts';
import { onBackend, type Single } from './golden.ts';
import type { Readable } from './run.ts';

async function tfjs(device: 'cpu' | 'wasm'): Promise<Single> {
  const b = await tfjsOn(device);
  // both devices claim it, and the conformance suite holds them to it
  return onBackend(b as Readable<Parameters<typeof b.read>[0]>);
}

export const BACKENDS: Readonly<Record<string, () => Promise<Single>>> = {
  'tfjs-cpu': () => tfjs('cpu'),
  'tfjs-wasm': () => tfjs('wasm'),
};
