/** Tensors of this backend: handles of values that the device has, or will have when its queue gets there. */
import type { TensorMeta } from '@snn/core';
import type { DeviceValue } from './gpu-js.ts';

/** Memory of the device, shared by a tensor and its views. Row-major float32 numbers. */
export interface Storage {
  readonly length: number;
  /** How many tensors hold it. */
  uses: number;
  /** Null until the device has computed it, and after its release. */
  value: DeviceValue | null;
  /** Why it could not be computed. */
  error: unknown;
}

/** A tensor on the device. */
export interface GpuTensor extends TensorMeta {
  readonly storage: Storage;
}
