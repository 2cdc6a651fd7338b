/** Derived operations as nodes of programs: what they compute, and what they are made of. */
import {
  type Attributes,
  abs,
  type Backend,
  callOp,
  type DerivedName,
  OPS,
  type Operand,
  type OpName,
  type ProgramNode,
  round,
  sigmoid,
  softplus,
  type TensorMeta,
  tanh,
} from '@snn/core';
import { IMAGE_OPS, isImage } from './images.ts';

/** Derived operations of one operand, which keep its shape. */
export const DERIVED: Readonly<Record<DerivedName, <T extends TensorMeta>(b: Backend<T>, x: T) => T>> = {
  abs,
  round,
  sigmoid,
  softplus,
  tanh,
};

/** Whether an operation of a program is a derived one. */
export const isDerived = (op: ProgramNode['op']): op is DerivedName => op in DERIVED;

/** Whether an operation treats each element by itself. */
export function isElementwise(op: ProgramNode['op']): boolean {
  if (isDerived(op)) return true;
  const kind = OPS[op as OpName];
  return kind === 'binary' || kind === 'where' || kind === 'unary';
}

/** Run the operation of a node on these operands. */
export function callNode<T extends TensorMeta>(b: Backend<T>, { op, attributes }: ProgramNode, operands: readonly Operand<T>[]): T {
  if (isImage(op)) return IMAGE_OPS[op].call(b, operands as readonly T[], attributes as Attributes);
  return isDerived(op) ? DERIVED[op](b, operands[0] as T) : callOp(b, op as OpName, operands, attributes as Attributes);
}
