/**
 * The memory of one backend: a WebAssembly memory that only grows, shared between threads where the engine allows it, with a first-fit list of
 * free blocks. Kernels, their operands and the larger tensors of the backend live in it, so that nothing is copied to run a kernel.
 */
import { unsupportedError } from '@snn/core';

const PAGE_BYTES = 65536;
/** Blocks begin at whole cache lines, and each leaves one unused: kernels may look beyond an array's end by less than a vector. */
const ALIGNMENT = 64;
/** A memory of 32-bit addresses cannot be larger. */
export const MAXIMUM_PAGES = 65536;

interface Block {
  readonly at: number;
  readonly bytes: number;
}

export class Memory {
  /** Whether threads can share it. Views of a shared memory stay valid when it grows. */
  readonly shared: boolean;
  readonly memory: WebAssembly.Memory;
  /** Free blocks by address, no two adjacent. */
  readonly #free: Block[] = [];
  readonly #used = new Map<number, number>();
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  #top = ALIGNMENT;
  #bytes = 0;
  #floats: Float32Array = new Float32Array(0);
  #ints: Int32Array = new Int32Array(0);

  constructor(shared: boolean) {
    this.shared = shared;
    this.memory = new WebAssembly.Memory(shared ? { initial: 1, maximum: MAXIMUM_PAGES, shared } : { initial: 1 });
    this.#look();
  }

  /** Bytes in blocks that are in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of a block. */
  bytesAt(at: number): number {
    return this.#used.get(at) ?? 0;
  }

  /**
   * Address of a new block with arbitrary contents.
   *
   * @param name what it is for, for the message when there is no room.
   * @throws an `unsupported` error that names it and its size when there is not enough memory; what is there stays as it is.
   */
  allocate(name: string, bytes: number): number {
    const whole = (Math.ceil(bytes / ALIGNMENT) + 1) * ALIGNMENT;
    const i = this.#free.findIndex((block) => block.bytes >= whole);
    let at = this.#top;
    if (i >= 0) {
      const block = this.#free[i];
      at = block.at;
      if (block.bytes === whole) this.#free.splice(i, 1);
      else this.#free[i] = { at: at + whole, bytes: block.bytes - whole };
    } else {
      const missing = at + whole - this.memory.buffer.byteLength;
      if (missing > 0) this.#grow(name, missing, bytes);
      this.#top += whole;
    }
    this.#used.set(at, whole);
    this.#bytes += whole;
    return at;
  }

  /** Give a block back. */
  free(at: number): void {
    const bytes = this.#used.get(at);
    if (bytes === undefined) return;
    this.#used.delete(at);
    this.#bytes -= bytes;
    let i = this.#free.findIndex((block) => block.at > at);
    if (i < 0) i = this.#free.length;
    let block = { at, bytes };
    const next = this.#free[i];
    if (next?.at === at + bytes) {
      block = { at, bytes: bytes + next.bytes };
      this.#free.splice(i, 1);
    }
    const before = this.#free[i - 1];
    if (before && before.at + before.bytes === at) {
      i--;
      block = { at: before.at, bytes: before.bytes + block.bytes };
      this.#free.splice(i, 1);
    }
    if (block.at + block.bytes === this.#top) this.#top = block.at;
    else this.#free.splice(i, 0, block);
  }

  #grow(name: string, missing: number, bytes: number): void {
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch {
      throw unsupportedError(
        `cpu: no memory for ${name} (${bytes} bytes) beyond the ${this.#bytes} bytes in use; use fewer steps, a smaller batch or gradient: checkpoint(k).`,
      );
    }
    this.#look();
  }

  #look(): void {
    const { buffer } = this.memory;
    this.#buffers.add(buffer);
    this.#floats = new Float32Array(buffer);
    this.#ints = new Int32Array(buffer);
  }

  /** All of it as numbers. Such a view becomes stale when memory grows: ask again. */
  get floats(): Float32Array {
    return this.#floats;
  }
  get ints(): Int32Array {
    return this.#ints;
  }

  /** `length` numbers at an address; stale after growth unless the memory is shared. */
  view(at: number, length: number): Float32Array {
    return this.#floats.subarray(at / 4, at / 4 + length);
  }

  /** Whether an array lies in this memory; its byteOffset is its address then. */
  holds(data: { readonly buffer: ArrayBufferLike }): boolean {
    return this.#buffers.has(data.buffer);
  }
}
