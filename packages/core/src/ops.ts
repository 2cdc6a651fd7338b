/**
 * The table of operations, as data. Decorators, rule tables, the conformance suite and the documentation are derived from it; a table typed
 * `Record<OpName, ...>` that forgets an operation does not compile.
 */
import type { Operand, OpName, Ops, TensorMeta } from './types.ts';

/**
 * How an operation takes its arguments: `binary` and `matmul` two operands, `where` three, `unary` one; `reduce` and `movement` one (`concat`
 * one list) and then attributes.
 */
export type OpKind = 'binary' | 'where' | 'unary' | 'reduce' | 'matmul' | 'movement';

/** All pure operations of the contract. */
export const OPS: Readonly<Record<OpName, OpKind>> = {
  add: 'binary',
  sub: 'binary',
  mul: 'binary',
  div: 'binary',
  max: 'binary',
  gt: 'binary',
  where: 'where',
  exp: 'unary',
  log: 'unary',
  sqrt: 'unary',
  floor: 'unary',
  sum: 'reduce',
  reduceMax: 'reduce',
  matmul: 'matmul',
  reshape: 'movement',
  permute: 'movement',
  broadcast: 'movement',
  slice: 'movement',
  concat: 'movement',
};

/** Number of operands that an operation takes before its attributes. */
export const operandCount = (op: OpName): number => (({ where: 3, binary: 2, matmul: 2 }) as Partial<Record<OpKind, number>>)[OPS[op]] ?? 1;

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
    const count = operandCount(op);
    ops[op] = (...args: unknown[]) =>
      call((op === 'concat' ? args[0] : args.slice(0, count)) as readonly Operand<T>[], args.slice(count) as unknown as Attributes);
  }
  return ops as unknown as Ops<T>;
}

/** Call an operation of `b` in uniform form. */
export function callOp<T extends TensorMeta>(b: Ops<T>, op: OpName, inputs: readonly Operand<T>[], attributes: Attributes): T {
  return (b[op] as (...args: unknown[]) => T)(...(op === 'concat' ? [inputs] : inputs), ...attributes);
}
