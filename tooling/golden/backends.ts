// The float32 backends that golden files can be checked on in Node, by name. A new one is a row here and nothing else.

import { gpu } from '@snn/backend-gpu';
import { rounded } from 'snn-backend-rounded';
import { tfjsOn } from '../../packages/backend-tfjs/test/devices.ts';
import { onBackend, type Single } from './golden.ts';

export const BACKENDS: Readonly<Record<string, () => Promise<Single>>> = {
  'gpu-webasm': async () => onBackend(await gpu({ mode: 'webasm' })),
  'gpu-cpu': async () => onBackend(await gpu({ mode: 'cpu' })),
  rounded: async () => onBackend(rounded()),
  'tfjs-cpu': async () => onBackend(await tfjsOn('cpu')),
  'tfjs-wasm': async () => onBackend(await tfjsOn('wasm')),
};
