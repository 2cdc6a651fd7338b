/** Tensors of the CPU backend and the buffers behind them. Released buffers wait in a pool, by length, for the next tensor of their size. */
import { argumentError, type DType, type TensorMeta, type TypedArray } from '@snn/core';

/** Elements, row-major without gaps; shared by a tensor and its reshapes. */
export interface Storage {
  readonly data: TypedArray;
  /** Tensors that have it. */
  uses: number;
  /** Compiled runs that still read it. */
  held: number;
}

/** A memory that kernels work on without copying: where it exists, larger tensors live in it. */
export interface Residence {
  /** `length` numbers with arbitrary contents, or null if there is no room. */
  take(length: number): Float32Array | null;
  holds(data: TypedArray): boolean;
  /** Give an array back that was taken. */
  give(data: TypedArray): void;
}

/** Numbers from which on a tensor lives in the residence. */
const RESIDENT_LENGTH = 4096;

/** A tensor of the CPU backend: a handle, use it through the backend. */
export interface CpuTensor extends TensorMeta {
  readonly storage: Storage;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Largest number of bytes that wait in the pool; more goes to the garbage collector. */
const POOL_BYTES = 2 ** 28;

/** Memory of one backend. */
export class Heap {
  tensors = 0;
  bytes = 0;
  #pool = new Map<number, Float32Array[]>();
  #pooled = 0;
  readonly #residence: Residence | null;
  /** Gives memory of tensors back that were never disposed. */
  readonly #forgotten: FinalizationRegistry<TypedArray> | null;

  constructor(residence: Residence | null = null) {
    this.#residence = residence;
    this.#forgotten = residence && new FinalizationRegistry((data) => residence.give(data));
  }

  /** A float32 buffer with arbitrary contents. */
  floats(length: number): Float32Array {
    const resident = length >= RESIDENT_LENGTH ? this.#residence?.take(length) : null;
    if (resident) return resident;
    const free = this.#pool.get(length)?.pop();
    if (free === undefined) return new Float32Array(length);
    this.#pooled -= free.byteLength;
    return free;
  }

  /** A buffer of any dtype with arbitrary contents. */
  array(dtype: DType, length: number): TypedArray {
    return dtype === 'float32' ? this.floats(length) : new ARRAYS[dtype](length);
  }

  /** A new tensor that owns `data`. */
  tensor(data: TypedArray, shape: readonly number[], dtype: DType = 'float32'): CpuTensor {
    this.tensors++;
    this.bytes += data.byteLength;
    const storage: Storage = { data, uses: 1, held: 0 };
    if (this.#residence?.holds(data)) this.#forgotten?.register(storage, data, storage);
    return { shape, dtype, storage };
  }

  /** The same elements under another shape. */
  view(x: CpuTensor, shape: readonly number[]): CpuTensor {
    x.storage.uses++;
    this.tensors++;
    return { shape, dtype: x.dtype, storage: x.storage };
  }

  /** Give a tensor's hold on its buffer back. */
  release({ storage }: CpuTensor): void {
    this.tensors--;
    storage.uses--;
    if (storage.uses > 0) return;
    this.bytes -= storage.data.byteLength;
    this.#free(storage);
  }

  /** Keep a buffer readable although its tensors may be released meanwhile. */
  hold({ storage }: CpuTensor): Storage {
    storage.held++;
    return storage;
  }

  /** End a `hold`. */
  letGo(storage: Storage): void {
    storage.held--;
    this.#free(storage);
  }

  /** Give a buffer back that nobody uses. */
  #free(storage: Storage): void {
    if (storage.uses > 0 || storage.held > 0) return;
    const { data } = storage;
    if (this.#residence?.holds(data)) {
      this.#forgotten?.unregister(storage);
      this.#residence.give(data);
      return;
    }
    if (!(data instanceof Float32Array) || this.#pooled + data.byteLength > POOL_BYTES) return;
    this.#pooled += data.byteLength;
    const free = this.#pool.get(data.length);
    if (free) free.push(data);
    else this.#pool.set(data.length, [data]);
  }
}

/** The elements of a tensor. Throws for a handle of another backend. */
export function dataOf(x: CpuTensor): TypedArray {
  if (x.storage === undefined)
    throw argumentError('cpu: an operand is a tensor of another backend; read it there and make one here with fromData.');
  return x.storage.data;
}

/** The elements of a tensor as float32: converted when they are not. */
export function floatsOf(x: CpuTensor): Float32Array {
  const data = dataOf(x);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
