/** What runs the elementwise kernels of a compiled step on a device: one of several ways to loop over time. */

import type { RegionKernel } from '@snn/compile';
import type { Backend } from '@snn/core';
import type { GpuTensor } from '../tensor.ts';

/** A stream: element e of the i-th step that runs lies at `start + i * step + e`. */
export interface Stream {
  readonly tensor: GpuTensor;
  readonly start: number;
  readonly step: number;
}

/** What a kernel is run on, in the order of its description. */
export interface Operands {
  readonly streams: readonly Stream[];
  /** Of the kernel's shape. */
  readonly fixed: readonly GpuTensor[];
  /** Of one element. */
  readonly scalars: readonly GpuTensor[];
  /** Before the first step that runs. */
  readonly states: readonly GpuTensor[];
}

/** What came of it. */
export interface Results {
  /** `[T, ...shape]`, the first step first, also when time ran backwards. */
  readonly results: readonly GpuTensor[];
  /** After the last step that ran. */
  readonly states: readonly GpuTensor[];
}

/** Runs kernels. */
export interface Machine {
  /** How, in words for users. */
  readonly executedBy: string;
  /** Why a slower way was taken than the mode has, or null. */
  fallbackReason(): string | null;
  /** `scope` owns what is made. */
  run(scope: Backend<GpuTensor>, kernel: RegionKernel, steps: number, reversed: boolean, operands: Operands): Results;
  /** Release what belongs to kernels. */
  dispose(): void;
}
