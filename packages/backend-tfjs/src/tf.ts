/**
 * What this package uses of TensorFlow.js, as types of its own: the declarations of tfjs-core do not compile beside those of WebGPU in newer
 * TypeScript, and nobody who does without them should have to. Any module of tfjs with its engine fits: `@tensorflow/tfjs-core`, `@tensorflow/tfjs`.
 */
import type { TensorMeta } from '@snn/core';

/** What is used of a `tf.Tensor`. */
export interface TfTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** What tfjs finds the data by; views share it. */
  readonly dataId: object;
  readonly isDisposed: boolean;
  dispose(): void;
  data(): Promise<ArrayLike<number> | readonly string[]>;
  dataSync(): ArrayLike<number> | readonly string[];
}

/** A `tf.Tensor` of a dtype that the contract knows: the handle of this backend. */
export type Handle<X extends TfTensor> = X & TensorMeta;

/** What is used of the module; `X` is its `tf.Tensor`. */
export interface Tf<X extends TfTensor> {
  tensor(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: 'float32' | 'int32' | 'bool'): X;
  /** Name of the active device, as in `wasm`. */
  getBackend(): string;
  /** The active device itself. */
  backend(): object;
  /** The device's kernel of this name, if it has one. */
  getKernel(name: string, device: string): unknown;
  memory(): { readonly numTensors: number; readonly numBytes: number };
  engine(): Engine;
}

/** tfjs' engine, as far as it is used: it runs kernels by name. */
interface Engine {
  runKernel(name: string, inputs: object, attributes?: object): unknown;
}
