/**
 * What is claimed of each device of tfjs, as the conformance suite measured it. None claims `exactF32`: tfjs adds in doubles on its CPU device
 * and in any order elsewhere.
 */
import type { Supports } from '@snn/core';

/** What differs between devices. */
type Claims = Pick<Supports, 'syncRead' | 'nonFinite' | 'relativeError'>;

const CLAIMS: Readonly<Record<string, Claims>> = {
  cpu: { syncRead: true, nonFinite: true, relativeError: 2 ** -23 },
  wasm: { syncRead: true, nonFinite: true, relativeError: 2 ** -23 },
  // `readSync` waits for the GPU. Browsers differ in what they make of NaN. The logarithm near 1 has an error of 1.3e-7 (Chromium, SwiftShader),
  // which is much of a result that is near 0.
  webgl: { syncRead: true, nonFinite: false, relativeError: 2 ** -10 },
};

/** What is claimed of devices that were not measured. */
const UNKNOWN: Claims = { syncRead: false, nonFinite: false, relativeError: 2 ** -8 };

/** The manifest of a device. */
export const supportsOf = (device: string): Supports => ({
  dtypes: ['float32', 'int32', 'bool'],
  maxRank: 6,
  // WebAssembly and textures are not the garbage collector's
  memory: 'manual',
  exactF32: false,
  compile: 'step',
  ...(CLAIMS[device] ?? UNKNOWN),
});
