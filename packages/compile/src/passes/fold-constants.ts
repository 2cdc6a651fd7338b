/**
 * Constant folding: operations on constants and numbers only are done now, on a backend that is given, so that the folded bits are those that
 * the backend itself would compute.
 */
import { arena, type Backend, type Operand, type Program, sizeOf, type TensorMeta, unsupportedError } from '@snn/core';
import { callNode } from '../derived.ts';
import { operandsOf, rebuild } from './program.ts';

/** Results longer than this are left to be computed: a constant must not be much larger than what it is made of. */
const LONGEST = 4096;

export function foldConstants<T extends TensorMeta>(program: Program, b: Backend<T>): Program {
  const { readSync } = b;
  if (!readSync) throw unsupportedError(`foldConstants: backend '${b.name}' has no readSync, which folding needs; use the CPU backend.`);
  return rebuild(program, (node, nodes) => {
    const constant = operandsOf(node).every((i) => nodes[i].op === 'constant');
    if (node.op === 'input' || node.op === 'constant' || !constant || sizeOf(node.shape) > LONGEST) return node;
    const scope = arena(b);
    try {
      const operands = node.inputs.map((x): Operand<T> => {
        if (typeof x === 'number') return x;
        const { shape, dtype, attributes } = nodes[x.node];
        return scope.fromData(attributes[0] as number[], shape, dtype);
      });
      const result = callNode(scope, node, operands);
      return { op: 'constant', inputs: [], attributes: [Array.from(readSync(result))], shape: node.shape, dtype: node.dtype };
    } finally {
      scope.release();
    }
  });
}
