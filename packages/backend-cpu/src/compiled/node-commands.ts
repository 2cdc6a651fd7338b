/** Building a pass: commands for single nodes. What has a kernel is called, what only moves numbers is copied, the rest is given to the host. */
import { operandsOf } from '@snn/compile';
import { sameShape, sizeOf } from '@snn/core';
import { type ImageCall, imageCall } from '../wasm/images/index.ts';
import { multiplyScratchBytes } from '../wasm/kernels/index.ts';
import type { Call, Host, Kernel } from './commands.ts';
import { FROM, Places, SCRATCH, STEPS, TO } from './places.ts';

/** A pass that is being built: commands for single nodes. */
export class NodeCommands extends Places {
  /** Let the plain tier compute a node. */
  protected hosted(node: number, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row'): void {
    const operands = this.nodes[node].inputs.map((x) =>
      typeof x === 'number' ? x : { slot: this.find(x.node), shape: this.nodes[x.node].shape, timed: this.timed(x.node) },
    );
    const to = this.define(node, span);
    const task = this.table.host.push({ node, operands, to }) - 1;
    this.work += 8 * sizeOf(this.nodes[node].shape);
    this.add({ kind: 'host', task }, [to, ...operands.flatMap((x) => (typeof x === 'number' ? [] : [x.slot]))], body);
  }

  /** One node that is not elementwise, for all steps of a chunk or for one step of a loop. */
  protected node(node: number, body: (Call | Kernel | Host)[] | null, span: 'chunk' | 'row' = 'chunk'): void {
    const { op, inputs, shape, attributes } = this.nodes[node];
    if (this.origin(node) !== node) return;
    const refs = inputs.map((x) => (typeof x === 'number' ? null : x.node));
    const [x, y] = refs;
    const shapeOf = (i: number): readonly number[] => this.nodes[i].shape;
    const rowsOf = (m: number): Call['total'] => ({ kind: body ? 'word' : 'perStep', word: this.table.word(m) });
    const timed = x !== null && this.timed(x);
    const image = this.imageCall(node, body !== null);
    if (image) this.image(node, image, body, span);
    else if (op === 'matmul' && shape.length === 2 && x !== null && y !== null && timed && !this.timed(y)) {
      const [m, k] = shapeOf(x);
      const [, n] = shape;
      const [a, w] = [this.find(x), this.table.packed(y, this.find(y), k, n)];
      const out = this.define(node, span);
      this.work += (m * k * n) / 8;
      this.needs(multiplyScratchBytes(k));
      this.add(
        {
          kind: 'call',
          name: 'multiply',
          arguments: [this.address(a), this.address(w), this.address(out), FROM, TO, this.number(k), this.number(n), SCRATCH],
          total: rowsOf(m),
        },
        [a, w, out],
        body,
      );
    } else if (op === 'sum' && x !== null && timed && shapeOf(x).length === 2 && `${attributes[0]}` === '0' && !body) {
      const [rows, n] = shapeOf(x);
      const from = this.find(x);
      const out = this.define(node, span);
      this.work += rows * n;
      this.add(
        {
          kind: 'call',
          name: 'addRows',
          arguments: [this.address(from), this.address(out), this.number(rows), this.number(n), STEPS, FROM, TO],
          total: { kind: 'word', word: this.table.word(n) },
        },
        [from, out],
        body,
      );
    } else if ((op === 'slice' || op === 'concat') && this.alongLast(node, body !== null)) {
      this.columns(node, body, span, rowsOf);
    } else this.hosted(node, body, span);
  }

  /** The call for an operation on images, if there is one. */
  protected imageCall(node: number, inLoop: boolean): ImageCall | null {
    const refs = operandsOf(this.nodes[node]);
    const operands = refs.map((i) => ({ shape: this.nodes[i].shape, timed: this.timed(i) }));
    // sums over time are made elsewhere; for several steps only images may change with time
    if (this.nodes[node].op === 'conv2dWeightGradient') return null;
    return imageCall(this.nodes[node], operands, 2) || inLoop ? imageCall(this.nodes[node], operands, 1) : null;
  }

  protected image(
    node: number,
    { name, numbers, range, count, scratchBytes }: ImageCall,
    body: (Call | Kernel | Host)[] | null,
    span: 'chunk' | 'row',
  ): void {
    const slots = [...operandsOf(this.nodes[node]).map((i) => this.find(i)), this.define(node, span)];
    const total: Call['total'] = { kind: body || range === 'channels' ? 'word' : 'perStep', word: this.table.word(count) };
    this.work += 32 * sizeOf(this.nodes[node].shape);
    this.needs(scratchBytes);
    this.add(
      {
        kind: 'call',
        name,
        arguments: [...slots.map(this.address), FROM, TO, SCRATCH, ...numbers.map(this.number)],
        total,
      },
      slots,
      body,
    );
  }

  /**
   * Whether a slice or a concat only concerns the last axis. For several steps at once each of its parts must have rows of its own in every step;
   * inside a loop, where one step is done, what is the same in all steps has the rows of a step.
   */
  protected alongLast(node: number, inLoop: boolean): boolean {
    const { op, inputs, shape, attributes } = this.nodes[node];
    if (!this.timed(node) || !(inLoop || operandsOf(this.nodes[node]).every((i) => this.timed(i)))) return false;
    if (op === 'concat') return attributes[0] === shape.length - 1;
    const [x] = inputs as readonly { readonly node: number }[];
    return sameShape(this.nodes[x.node].shape.slice(0, -1), shape.slice(0, -1));
  }

  /** Columns of a matrix, or matrices beside each other: copied row by row. */
  protected columns(
    node: number,
    body: (Call | Kernel | Host)[] | null,
    span: 'chunk' | 'row',
    rowsOf: (m: number) => Call['total'],
  ): void {
    const { op, inputs, shape, attributes } = this.nodes[node];
    const last = shape.length - 1;
    const rows = sizeOf(shape.slice(0, -1));
    const out = this.define(node, span);
    let at = 0;
    for (const { node: part } of inputs as readonly { readonly node: number }[]) {
      const own = this.nodes[part].shape[last];
      const [begin, width] = op === 'slice' ? [(attributes[0] as number[])[last], shape[last]] : [0, own];
      const from = this.find(part);
      this.add(
        {
          kind: 'call',
          name: 'copyColumns',
          arguments: [
            this.address(from),
            this.address(out),
            FROM,
            TO,
            this.number(4 * own),
            this.number(4 * begin),
            this.number(4 * shape[last]),
            this.number(4 * at),
            this.number(4 * width),
          ],
          total: rowsOf(rows),
        },
        [from, out],
        body,
      );
      at += width;
    }
    this.work += sizeOf(shape);
  }

  protected copy(from: number, to: number, shape: readonly number[], body: (Call | Kernel | Host)[] | null = null): void {
    const bytes = this.number(4 * sizeOf(shape));
    const zero = this.number(0);
    // one row of the copy is one step, or a row of a loop's share
    const [rows, width] = body ? [shape[0] ?? 1, this.number((4 * sizeOf(shape)) / (shape[0] ?? 1))] : [1, bytes];
    this.add(
      {
        kind: 'call',
        name: 'copyColumns',
        arguments: [this.address(from), this.address(to), FROM, TO, width, zero, width, zero, width],
        total: { kind: body ? 'word' : 'perStep', word: this.table.word(rows) },
      },
      [from, to],
      body,
    );
  }

  /** A state on no cycle: its computed values, one step late. */
  protected shift(k: number): void {
    const { before, after } = this.schedule.states[k];
    const size = sizeOf(this.nodes[before].shape);
    const from = this.timed(after) ? this.find(after) : this.everyStep(after);
    const to = this.define(before);
    const state = this.states[k];
    this.add(
      {
        kind: 'call',
        name: 'shift',
        arguments: [
          this.address(from),
          this.address(to),
          this.address(state),
          this.number(4 * size),
          STEPS,
          this.number(this.options.reversed ? 1 : 0),
        ],
        total: null,
      },
      [from, to],
      null,
    );
  }

  /** A value that does not change with time, for each step of a chunk. */
  protected everyStep(node: number): number {
    const { shape } = this.nodes[node];
    const slot = this.find(node);
    const to = this.temporary(`%${node} at every step`, sizeOf(shape), 'chunk');
    const task = this.table.host.push({ node, operands: [{ slot, shape, timed: false }], to, repeated: shape }) - 1;
    this.add({ kind: 'host', task }, [to], null);
    return to;
  }

  /** The slot of an operand of a kernel over `shape`; repeated to it if it has another. */
  protected operand(node: number, shape: readonly number[]): number {
    const own = this.nodes[node].shape;
    if (sizeOf(own) === 1 && !this.timed(node)) return this.find(node);
    if (sameShape(own, shape)) return this.find(node);
    const slot = this.find(node);
    if (!this.timed(node)) return this.table.repeated(node, own, slot, shape);
    const key = `${node} ${shape}`;
    const known = this.repeatedNow.get(key);
    if (known !== undefined) return known;
    const to = this.temporary(`%${node} repeated to [${shape}]`, sizeOf(shape), 'chunk');
    const task = this.table.host.push({ node, operands: [{ slot, shape: own, timed: true }], to, repeated: shape }) - 1;
    this.add({ kind: 'host', task }, [slot, to], null);
    this.repeatedNow.set(key, to);
    return to;
  }
}
