/**
 * Commands: a compiled pass as data. A driver (WebAssembly or JavaScript) runs them for one chunk of steps after the other, on one thread or
 * several. They hold no addresses and no sizes but places in a table, so that one compiled pass serves every batch size and number of steps.
 */

/** A place for the values of a node. */
export interface Slot {
  readonly id: number;
  readonly name: string;
  /** Numbers of one step. */
  readonly size: number;
  /**
   * `fixed`: the same for all steps. `row`: of one step, overwritten by the next. `chunk`: of the steps of one chunk. `all`: of all steps whose
   * values are kept.
   */
  readonly span: 'fixed' | 'row' | 'chunk' | 'all';
  /** Whether it lies where the caller's tensor does: `segment` moves with the steps that run, `whole` does not. */
  readonly external: 'no' | 'segment' | 'whole';
}

/** Words of the table that describe a slot: address, bytes from one step to the next in `all`, bytes of a row unless `fixed` or `row`. */
export const SLOT_WORDS = 3;

/** An argument of a call. Words are places in the table. */
export type Argument =
  | { readonly kind: 'address'; readonly slot: number }
  | { readonly kind: 'word'; readonly word: number }
  /** A word times the steps of the chunk. */
  | { readonly kind: 'perStep'; readonly word: number }
  | { readonly kind: 'steps' | 'from' | 'to' | 'scratch' };

/** Call a function for the share `from` to `to` of this thread. */
export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Argument[];
  /** What is split over threads; null: one thread does all. Inside a loop the loop is split instead. */
  readonly total: Extract<Argument, { kind: 'word' | 'perStep' }> | null;
}

/** Call an elementwise kernel; inside a loop for one step, else for the steps of the chunk. */
export interface Kernel {
  readonly kind: 'kernel';
  readonly name: string;
  /** Slots in the order of the kernel's list of addresses. */
  readonly operands: readonly number[];
  /** Word with the bytes of a row. */
  readonly row: number;
  /** Word with the bytes of one of the rows that a loop splits over threads. */
  readonly part: number;
}

/** Let the host compute: the plain tier on the same memory. */
export interface Host {
  readonly kind: 'host';
  readonly task: number;
}

/** Commands for one step after the other. */
export interface Loop {
  readonly kind: 'loop';
  readonly body: readonly (Call | Kernel | Host)[];
  /** Word with the number of rows that are independent of each other and can be split over threads; null: one thread does all. */
  readonly rows: number | null;
}

export type Command = Call | Kernel | Host | Loop;
