/** The table that the passes of a program share: slots for values, words for numbers, and what is computed beside the commands. */
import { sizeOf } from '@snn/core';
import { packedBytes } from '../wasm/kernels/index.ts';
import type { Slot } from './commands.ts';

/** Something the host computes: a node by the plain tier, or a value repeated to a larger shape. */
export interface HostWork {
  readonly node: number;
  readonly operands: readonly (number | { readonly slot: number; readonly shape: readonly number[]; readonly timed: boolean })[];
  readonly to: number;
  /** Set for a repeated value. */
  readonly repeated?: readonly number[];
}

/** Slots and words that the passes of a program share. */
export class Table {
  readonly slots: Slot[] = [];
  readonly words: number[] = [];
  readonly host: HostWork[] = [];
  /** Bytes of scratch that the calls of one thread need. */
  scratch = 0;
  /** Slots of nodes that outlive a pass. */
  readonly lasting: Map<number, number> = new Map();
  /** Repeated values of nodes that do not change with time: computed with the parameters. */
  readonly repeats: HostWork[] = [];
  /** Right operands of products: packed with the parameters. */
  readonly packs: { readonly from: number; readonly to: number; readonly k: number; readonly n: number }[] = [];
  readonly #repeated = new Map<string, number>();

  word(value: number): number {
    return this.words.push(value) - 1;
  }

  slot(name: string, size: number, span: Slot['span'], external: Slot['external'] = 'no'): number {
    const id = this.slots.length;
    this.slots.push({ id, name, size, span, external });
    return id;
  }

  /** The slot of a node that does not change with time. */
  fixed(node: number, { op, shape }: { readonly op: string; readonly shape: readonly number[] }): number {
    const known = this.lasting.get(node);
    if (known !== undefined) return known;
    const slot = this.slot(`%${node} = ${op} [${shape}]`, sizeOf(shape), 'fixed');
    this.lasting.set(node, slot);
    return slot;
  }

  /** The slot of a right operand of products that does not change with time, as their kernel wants it. */
  packed(node: number, slot: number, k: number, n: number): number {
    const known = this.packs.find((pack) => pack.from === slot);
    if (known) return known.to;
    const to = this.slot(`%${node} packed`, packedBytes(k, n) / 4, 'fixed');
    this.packs.push({ from: slot, to, k, n });
    this.scratch = Math.max(this.scratch, 4 * k);
    return to;
  }

  /** The slot of a value that does not change with time, repeated to `shape`. */
  repeated(node: number, own: readonly number[], slot: number, shape: readonly number[]): number {
    const key = `${node} ${shape}`;
    const known = this.#repeated.get(key);
    if (known !== undefined) return known;
    const to = this.slot(`%${node} repeated to [${shape}]`, sizeOf(shape), 'fixed');
    this.repeats.push({ node, operands: [{ slot, shape: own, timed: false }], to, repeated: shape });
    this.#repeated.set(key, to);
    return to;
  }
}
