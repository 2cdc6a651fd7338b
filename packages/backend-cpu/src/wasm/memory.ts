/** The memory of one compiled program: a WebAssembly memory that only grows, filled from the bottom, with places by name. */
import { unsupportedError } from '@snn/core';

/** Kernels read a vector at a time and may look beyond the end of an array by less than this. */
const SLACK_BYTES = 16;
const PAGE_BYTES = 65536;
const ALIGNMENT = 64;

/** A place for numbers of 32 bits. */
export interface Place {
  /** Address in bytes. */
  readonly at: number;
  /** Numbers. */
  readonly length: number;
}

export class Memory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1 });
  #top = ALIGNMENT;
  #floats = new Float32Array(this.memory.buffer);
  #ints = new Int32Array(this.memory.buffer);
  #places = new Map<string, Place>();

  /** Bytes in use. */
  get bytes(): number {
    return this.#top;
  }

  /**
   * The place called `name`: `length` numbers, zero when it is asked for the first time.
   *
   * @throws an `unsupported` error that names the place and its size when there is not enough memory; what is there stays as it is.
   */
  place(name: string, length: number): Place {
    const known = this.#places.get(name);
    if (known) return known;
    const at = this.#top;
    const end = at + 4 * length + SLACK_BYTES;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(name, missing, 4 * length);
    this.#top = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    const place = { at, length };
    this.#places.set(name, place);
    return place;
  }

  #grow(name: string, missing: number, bytes: number): void {
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch {
      throw unsupportedError(
        `compiled program: no memory for ${name} (${bytes} bytes) beyond the ${this.#top} bytes in use; use fewer steps or a smaller batch.`,
      );
    }
    this.#floats = new Float32Array(this.memory.buffer);
    this.#ints = new Int32Array(this.memory.buffer);
  }

  /** The numbers at a place. Such a view becomes stale when memory grows: ask again. */
  floats({ at, length }: Place): Float32Array {
    return this.#floats.subarray(at / 4, at / 4 + length);
  }
  ints({ at, length }: Place): Int32Array {
    return this.#ints.subarray(at / 4, at / 4 + length);
  }
}
