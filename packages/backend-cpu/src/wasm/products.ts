/**
 * Products of a large left matrix, which is mostly spikes: by event lists when few of its entries are not zero, by dense tiles otherwise. The
 * choice is made per run, by counting; the bits are the same either way.
 */
import type { Memory, Place } from './memory.ts';

/**
 * Share of non-zeros above which dense tiles are faster than event lists: for x w, and for x^T g, whose lists jump through all rows of g.
 * Measured for [2000, 512] x [512, 512] and [3200, 784] x [784, 128], spikes and real numbers: between 0.5 and 0.7, and 0.25 (of 512 columns)
 * and 0.7 (of 128).
 */
const BREAK_EVEN_ROWS = 0.6;
const BREAK_EVEN_COLUMNS = 0.25;

/** Functions of the kernel module. */
export type Kernels = Readonly<Record<string, (...args: number[]) => number>>;

/** Non-zero entries of a matrix, row by row. */
interface Events {
  readonly offsets: Place;
  readonly selected: Place;
  readonly values: Place;
  /** The run that they were listed in. */
  run: number;
  count: number;
  /** Whether every entry is 1. */
  spikes: boolean;
}

/** A row-major matrix; `name` tells matrices apart. */
export interface Matrix {
  readonly name: string;
  readonly place: Place;
  readonly rows: number;
  readonly columns: number;
}

export class Products {
  readonly #memory: Memory;
  readonly #kernels: Kernels;
  readonly #lists = new Map<string, Events>();
  /** Number of the current run: lists of earlier ones are stale. */
  run = 0;

  constructor(memory: Memory, kernels: Kernels) {
    this.#memory = memory;
    this.#kernels = kernels;
  }

  /** `multiply` for a matrix whose numbers change within a run. */
  multiplyChanging(x: Matrix, w: Place, n: number, out: Place): void {
    this.#list(`rows of ${x.name}, ${n} wide`, x.rows, x.rows * x.columns).run = -1;
    this.multiply(x, w, n, out);
  }

  /** out [x.rows, n] = x w. */
  multiply(x: Matrix, w: Place, n: number, out: Place): void {
    const events = this.#eventsOf(x, n);
    if (events.count < BREAK_EVEN_ROWS * x.rows * x.columns) this.#gather(events, x.rows, w, n, out);
    else this.#dense(x.place, w, out, x.rows, x.columns, n);
  }

  /** out [x.columns, n] = x^T g. */
  multiplyTransposed(x: Matrix, g: Place, n: number, out: Place): void {
    const { name, place, rows, columns } = x;
    const events = this.#eventsOf(x, n);
    if (events.count < BREAK_EVEN_COLUMNS * rows * columns) {
      const lists = this.#list(`columns of ${name}, ${n} wide`, columns, rows * columns);
      this.#memory.ints(lists.offsets).fill(0);
      const { offsets, selected, values } = events;
      this.#kernels.columns(
        offsets.at,
        selected.at,
        values.at,
        rows,
        columns,
        4 * n,
        4 * n,
        lists.offsets.at,
        lists.selected.at,
        lists.values.at,
      );
      lists.spikes = events.spikes;
      this.#gather(lists, columns, g, n, out);
    } else {
      const turned = this.#memory.place(`${name} transposed`, rows * columns);
      this.#kernels.transpose(place.at, rows, columns, turned.at);
      this.#dense(turned, g, out, columns, rows, n);
    }
  }

  /** The events of a matrix, as selections of rows of `n` numbers; listed at most once a run. */
  #eventsOf({ name, place, rows, columns }: Matrix, n: number): Events {
    const events = this.#list(`rows of ${name}, ${n} wide`, rows, rows * columns);
    if (events.run === this.run) return events;
    events.run = this.run;
    events.spikes = this.#kernels.events(place.at, rows, columns, 4 * n, events.offsets.at, events.selected.at, events.values.at) === 1;
    events.count = this.#memory.ints(events.offsets)[rows];
    return events;
  }

  #list(name: string, rows: number, most: number): Events {
    const known = this.#lists.get(name);
    if (known) return known;
    const made: Events = {
      offsets: this.#memory.place(`offsets of ${name}`, rows + 1),
      selected: this.#memory.place(`events of ${name}`, most),
      values: this.#memory.place(`values of ${name}`, most),
      run: -1,
      count: 0,
      spikes: false,
    };
    this.#lists.set(name, made);
    return made;
  }

  #gather({ offsets, selected, values, spikes }: Events, rows: number, right: Place, n: number, out: Place): void {
    const kernel = spikes ? this.#kernels.gatherSpikes : this.#kernels.gather;
    kernel(offsets.at, selected.at, values.at, 0, rows, right.at, 4 * n, out.at);
  }

  #dense(left: Place, right: Place, out: Place, rows: number, k: number, n: number): void {
    const strip = this.#memory.place(`strip of ${k} rows`, 16 * k);
    this.#kernels.dense(left.at, right.at, out.at, 0, rows, k, n, strip.at);
  }
}
