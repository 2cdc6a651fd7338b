/** The modes of gpu.js that this backend drives, and what is claimed of each. */
import type { Supports } from '@snn/core';

/** Where kernels run. */
export type GpuMode = 'webgpu' | 'webgl2' | 'webgl' | 'webasm' | 'cpu';

/** In this order `auto` tries them: the first whose probe computes correctly is taken. */
export const MODES: readonly GpuMode[] = ['webgpu', 'webgl2', 'webgl', 'webasm', 'cpu'];

/** Modes whose tensors lie on a graphics device, not in main memory. */
export const onDevice = (mode: GpuMode): boolean => mode !== 'webasm' && mode !== 'cpu';

/**
 * Most elements that one tensor may have. gpu.js passes sizes to kernels as float32 numbers, which count exactly up to here.
 */
export const MAX_ELEMENTS: number = 2 ** 24;

/**
 * What a mode claims. The modes on the host compute in IEEE float32, one rounding for each operation. Shaders may fuse, reassociate and flush,
 * and owe nothing for NaN and infinities; `relativeError` is what the conformance suite measured in Chromium with SwiftShader, rounded up.
 */
export function supportsOf(mode: GpuMode): Supports {
  const device = onDevice(mode);
  return {
    dtypes: ['float32', 'bool'],
    maxRank: 8,
    syncRead: false,
    memory: device ? 'manual' : 'gc',
    exactF32: !device,
    nonFinite: !device,
    relativeError: device ? 2 ** -20 : 2 ** -23,
    compile: 'step',
  };
}
