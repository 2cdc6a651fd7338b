/** Running a traced program once by the operations of a backend. */
import { callNode } from '@snn/compile';
import type { Backend, Operand, Program, TensorMeta } from '@snn/core';

/** The outputs of `program` for `inputs`. */
export function evaluateProgram<T extends TensorMeta>(
  b: Backend<T>,
  { nodes, inputs, outputs }: Program,
  given: readonly T[],
): readonly T[] {
  const values: T[] = [];
  nodes.forEach((node, i) => {
    if (node.op === 'input') values.push(given[inputs.indexOf(i)]);
    else if (node.op === 'constant') values.push(b.fromData(node.attributes[0] as number[], node.shape, node.dtype));
    else
      values.push(
        callNode(
          b,
          node,
          node.inputs.map((x): Operand<T> => (typeof x === 'number' ? x : values[x.node])),
        ),
      );
  });
  return outputs.map((i) => values[i]);
}
