/**
 * The table of operations, as data. Decorators, rule tables, the conformance suite and the documentation are derived from it; a table typed
 * `Record<OpName, ...>` that forgets an operation does not compile.
 */
import type { Operand, OpName, Ops, TensorMeta } from './types.ts';

/** How an operation takes its arguments. `inputs`: number of leading tensor operands (`concat` takes one list of them); the rest are attributes. */
export interface OpInfo {
  readonly kind: 'binary' | 'where' | 'unary' | 'reduce' | 'matmul' | 'movement';
  readonly inputs: number;
}

/** All pure operations of the contract. */
export const OPS: Readonly<Record<OpName, OpInfo>> = {
  add: { kind: 'binary', inputs: 2 },
  sub: { kind: 'binary', inputs: 2 },
  mul: { kind: 'binary', inputs: 2 },
  div: { kind: 'binary', inputs: 2 },
  max: { kind: 'binary', inputs: 2 },
  gt: { kind: 'binary', inputs: 2 },
  where: { kind: 'where', inputs: 3 },
  exp: { kind: 'unary', inputs: 1 },
  log: { kind: 'unary', inputs: 1 },
  sqrt: { kind: 'unary', inputs: 1 },
  floor: { kind: 'unary', inputs: 1 },
  sum: { kind: 'reduce', inputs: 1 },
  reduceMax: { kind: 'reduce', inputs: 1 },
  matmul: { kind: 'matmul', inputs: 2 },
  reshape: { kind: 'movement', inputs: 1 },
  permute: { kind: 'movement', inputs: 1 },
  broadcast: { kind: 'movement', inputs: 1 },
  slice: { kind: 'movement', inputs: 1 },
  concat: { kind: 'movement', inputs: 1 },
};

/** Names of all pure operations, in table order. */
export const OP_NAMES: readonly OpName[] = /* @__PURE__ */ Object.keys(OPS) as OpName[];

/** Non-tensor arguments of a call: axes, shapes, offsets. */
export type Attributes = readonly (number | readonly number[])[];

/** One operation in uniform form: `(operands, attributes) -> result`. */
export type UniformOp<T> = (inputs: readonly Operand<T>[], attributes: Attributes) => T;

/** Make all operations at once from their uniform form: what a decorator is. */
export function mapOps<T extends TensorMeta>(make: (op: OpName) => UniformOp<T>): Ops<T> {
  const ops: Record<string, unknown> = {};
  for (const op of OP_NAMES) {
    const call = make(op);
    const count = OPS[op].inputs;
    ops[op] =
      op === 'concat'
        ? (parts: readonly T[], axis: number) => call(parts, [axis])
        : (...args: unknown[]) => call(args.slice(0, count) as Operand<T>[], args.slice(count) as unknown as Attributes);
  }
  return ops as unknown as Ops<T>;
}

/** Call an operation of `b` in uniform form. */
export function callOp<T extends TensorMeta>(b: Ops<T>, op: OpName, inputs: readonly Operand<T>[], attributes: Attributes): T {
  const f = b[op] as (...args: unknown[]) => T;
  return op === 'concat' ? f(inputs, attributes[0]) : f(...inputs, ...attributes);
}
