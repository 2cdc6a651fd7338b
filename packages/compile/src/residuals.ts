/**
 * What the forward pass keeps for the backward pass: as few values as give the others by a handful of operations. Of u, u - 1, H(u - 1) and a
 * surrogate's derivative at u - 1 only u is kept: memory is slower than arithmetic, and what is made again has the same bits.
 */
import { OPS, type OpName, type Program, type StepProgram, sameShape } from '@snn/core';
import { isElementwise } from './derived.ts';
import { dependents } from './graph.ts';
import { operandsOf } from './passes/program.ts';
import type { Schedule } from './schedule.ts';

/** Operations that a value may take to be made again. */
const MOST_OPERATIONS = 12;
/** What is dearer than to be read from memory. */
const DEAR: ReadonlySet<string> = new Set(['exp', 'log', 'sigmoid', 'tanh', 'softplus']);

/**
 * Nodes of the forward pass that change with time and that the derivative reads. What only moves elements (a transposed matrix, a reshape) is not
 * kept but done again: its operand is the residual. So is what takes a few elementwise operations.
 */
export function residualsOf(
  { program, outputCotangent, nextStateCotangents }: StepProgram,
  forward: Schedule,
  wanted: readonly number[],
): number[] {
  const before = program.nodes.map((node) => operandsOf(node));
  const derivative = dependents(before, [outputCotangent, ...nextStateCotangents]);
  const changing = forwardChanging(program, forward);
  const read = new Set<number>();
  const pending = wanted.filter((node) => derivative.has(node));
  const seen = new Set(pending);
  for (const node of pending) {
    for (const i of before[node]) {
      if (seen.has(i)) continue;
      const { op } = program.nodes[i];
      const moved = OPS[op as OpName] === 'movement';
      if (derivative.has(i) || (moved && changing.has(i))) {
        seen.add(i);
        pending.push(i);
      } else if (changing.has(i)) read.add(i);
    }
  }
  return [...fewest(program, changing, read)].sort((x, y) => x - y);
}

/** Everything that changes with time, also what only the derivative asks for. */
const forwardChanging = (program: Program, { timed, states }: Schedule): ReadonlySet<number> =>
  dependents(
    program.nodes.map((node) => operandsOf(node)),
    [...timed, ...states.map((state) => state.before)],
  );

/** The changing operands of a node that can be made again with the same shape; null if it cannot. */
function parts({ nodes }: Program, changing: ReadonlySet<number>, node: number): readonly number[] | null {
  const { op, shape } = nodes[node];
  if (!isElementwise(op) || DEAR.has(op)) return null;
  const operands = operandsOf(nodes[node]).filter((i) => changing.has(i));
  return operands.every((i) => sameShape(nodes[i].shape, shape)) ? operands : null;
}

/** Nodes from which those of `read` can be made again, and as few as these simple means find. */
function fewest(program: Program, changing: ReadonlySet<number>, read: ReadonlySet<number>): ReadonlySet<number> {
  /** What making `node` again from `kept` passes through, itself included; null if that takes too much. */
  const remade = (node: number, kept: ReadonlySet<number>): ReadonlySet<number> | null => {
    const passed = new Set([node]);
    for (const i of passed) {
      const operands = parts(program, changing, i);
      if (operands === null || passed.size > MOST_OPERATIONS) return null;
      for (const operand of operands) if (!kept.has(operand)) passed.add(operand);
    }
    return passed;
  };
  /** Without those that the others give, the last ones first. */
  const reduced = (kept: ReadonlySet<number>): Set<number> => {
    const rest = new Set(kept);
    for (const node of [...kept].sort((x, y) => y - x)) if (rest.delete(node) && remade(node, rest) === null) rest.add(node);
    return rest;
  };
  let best = reduced(read);
  // one more that is kept may spare two others
  const tried = new Set(read);
  for (const node of tried) {
    for (const i of parts(program, changing, node) ?? []) tried.add(i);
    if (best.has(node) || OPS[program.nodes[node].op as OpName] === 'movement') continue;
    const other = reduced(new Set([...best, node]));
    if (other.size < best.size) best = other;
  }
  return best;
}
