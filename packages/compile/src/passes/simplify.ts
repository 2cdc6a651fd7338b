/**
 * Identities that keep every float32 bit. x + 0 is not among them (-0 + 0 is +0), nor x - x or 0 * x (NaN).
 *
 *   x * 1 = 1 * x = x / 1 = x - 0 = x        max(x, x) = where(c, x, x) = x
 *   reshape, broadcast to the same shape and permute in the same order = x
 *   reshape of a reshape = one reshape       permute of a permute = one permute
 *   x + y * -1 = y * -1 + x = x - y          x - y * -1 = x + y            (x * -1) * number = x * -number
 */
import { type Program, type ProgramNode, sameShape } from '@snn/core';
import { type Ref, rebuild } from './program.ts';

const sameRef = (x: Ref, y: Ref): boolean => typeof x !== 'number' && typeof y !== 'number' && x.node === y.node;

/** The operand that `node` is equal to, if there is one and it has the node's shape and dtype. */
function equalOperand(node: ProgramNode, nodes: readonly ProgramNode[]): { readonly node: number } | null {
  const [x, y, z] = node.inputs;
  const same = (ref: Ref): { readonly node: number } | null =>
    typeof ref !== 'number' && sameShape(nodes[ref.node].shape, node.shape) && nodes[ref.node].dtype === node.dtype ? ref : null;
  switch (node.op) {
    case 'mul':
      return y === 1 ? same(x) : x === 1 ? same(y) : null;
    case 'div':
      return y === 1 ? same(x) : null;
    case 'sub':
      return Object.is(y, 0) ? same(x) : null;
    case 'max':
      return sameRef(x, y) ? same(x) : null;
    case 'where':
      return sameRef(y, z) ? same(y) : null;
    case 'reshape':
    case 'broadcast':
      return same(x);
    case 'permute':
      return (node.attributes[0] as number[]).every((axis, i) => axis === i) ? same(x) : null;
    default:
      return null;
  }
}

/** What is multiplied by -1 to give `ref`, if it is that and has its shape; else null. */
function negated(ref: Ref, nodes: readonly ProgramNode[]): Ref | null {
  if (typeof ref === 'number') return null;
  const { op, inputs, shape } = nodes[ref.node];
  if (op !== 'mul') return null;
  const [x, y] = inputs;
  const inner = y === -1 ? x : x === -1 ? y : null;
  return inner !== null && typeof inner !== 'number' && sameShape(nodes[inner.node].shape, shape) ? inner : null;
}

/** Multiplications by -1 taken into an addition, a subtraction or another multiplication by a number. */
function withoutNegation(node: ProgramNode, nodes: readonly ProgramNode[]): ProgramNode {
  const [x, y] = node.inputs;
  const [minusX, minusY] = node.inputs.slice(0, 2).map((ref) => negated(ref, nodes));
  switch (node.op) {
    case 'add':
      if (minusY !== null) return { ...node, op: 'sub', inputs: [x, minusY] };
      return minusX !== null ? { ...node, op: 'sub', inputs: [y, minusX] } : node;
    case 'sub':
      return minusY !== null ? { ...node, op: 'add', inputs: [x, minusY] } : node;
    case 'mul':
      if (minusX !== null && typeof y === 'number') return { ...node, inputs: [minusX, -y] };
      return minusY !== null && typeof x === 'number' ? { ...node, inputs: [-x, minusY] } : node;
    default:
      return node;
  }
}

export function simplify(program: Program): Program {
  return rebuild(program, (node, nodes) => {
    const equal = equalOperand(node, nodes);
    if (equal) return equal;
    const signed = withoutNegation(node, nodes);
    if (signed !== node) return equalOperand(signed, nodes) ?? signed;
    const [x] = node.inputs;
    const inner = typeof x === 'object' ? nodes[x.node] : null;
    if (inner === null || inner.op !== node.op || (node.op !== 'reshape' && node.op !== 'permute')) return node;
    const attributes =
      node.op === 'reshape' ? node.attributes : [(node.attributes[0] as number[]).map((axis) => (inner.attributes[0] as number[])[axis])];
    const merged = { ...node, inputs: inner.inputs, attributes };
    return equalOperand(merged, nodes) ?? merged;
  });
}
