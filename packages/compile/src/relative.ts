/**
 * One trace for all batch sizes. A step is traced at two batch sizes, primes p and q that no other size can be mistaken for; where both programs
 * differ in nothing but sizes, and each size is the same in both or k p in one and k q in the other, the program for any batch size B has k B
 * in that place. Where more differs (a mean over the batch multiplies by 1 / B), the step is traced for each batch size by itself, which is
 * said, with the reason.
 */
import {
  type Attributes,
  infer,
  type Operand,
  type OpName,
  type ProgramNode,
  type StepProgram,
  sameShape,
  type TensorMeta,
} from '@snn/core';
import { isDerived } from './derived.ts';
import { printNode } from './explain.ts';
import { IMAGE_OPS, isImage } from './images.ts';

/** One program that came of tracing. */
export interface Trace {
  /** Name of the step. */
  readonly step: string;
  /** Shape of one step's input; 'B' is the batch size where one trace serves all. */
  readonly shape: readonly (number | 'B')[];
  /** Why this trace serves one batch size only; null for one that serves all. */
  readonly reason: string | null;
}

/** A step at any batch size. */
export interface RelativeStep {
  /**
   * The program for inputs of `batch` rows; the same object when asked again.
   *
   * @throws what tracing the step throws.
   */
  at(batch: number): StepProgram;
  /** What was traced so far: one entry when it serves all batch sizes, else one for each batch size that was asked for. */
  readonly traces: readonly Trace[];
  /** Why there is more than one trace; null when one serves all batch sizes. */
  readonly reason: string | null;
}

/** The first prime to try: above most layers' sizes, so that most steps need no second try. */
const FIRST = 1009;

/**
 * Trace a step once for all batch sizes.
 *
 * The step must not choose by size in TypeScript (`if (x.shape[0] > 4)`): what it does for large batches would stand for all.
 *
 * @param trace traces the step for inputs whose first axis, the batch, has this size.
 */
export function relativeStep(trace: (batch: number) => StepProgram): RelativeStep {
  const programs = new Map<number, StepProgram>();
  const traces: Trace[] = [];
  const inputShape = ({ program, input }: StepProgram): readonly number[] => program.nodes[input].shape;
  const found = compareTraces(trace);
  const reason = 'reason' in found ? found.reason : null;
  if ('pair' in found) {
    const [p, q] = found.pair.map(({ step }) => inputShape(step));
    traces.push({ step: found.pair[0].step.name, shape: p.map((n, axis) => (n === q[axis] ? n : 'B')), reason: null });
  }
  const make = (batch: number): StepProgram => {
    if ('pair' in found) return specialise(found.pair, batch);
    const step = trace(batch);
    traces.push({ step: step.name, shape: inputShape(step), reason });
    return step;
  };
  return {
    at(batch) {
      const program = programs.get(batch) ?? make(batch);
      programs.set(batch, program);
      return program;
    },
    traces,
    reason,
  };
}

/** A step traced at a batch size. */
interface Sample {
  readonly batch: number;
  readonly step: StepProgram;
}

type Pair = readonly [Sample, Sample];

/** Two traces that differ in sizes only, or why there are none. */
function compareTraces(trace: (batch: number) => StepProgram): { readonly pair: Pair } | { readonly reason: string } {
  try {
    let first = sample(trace, primeAbove(FIRST - 1));
    // another size may be as large as the prime, or a multiple of it: take one above all
    for (let largest = largestOther(first); largest >= first.batch; largest = largestOther(first))
      first = sample(trace, primeAbove(largest));
    const pair: Pair = [first, sample(trace, primeAbove(first.batch))];
    const reason = difference(pair);
    return reason === null ? { pair } : { reason };
  } catch (error) {
    // a step that holds for some batch sizes only; if it holds for none, `at` throws the same
    return { reason: (error as Error).message };
  }
}

const sample = (trace: (batch: number) => StepProgram, batch: number): Sample => ({ batch, step: trace(batch) });

/** The smallest prime above `n`. */
function primeAbove(n: number): number {
  for (let candidate = n + 1; ; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor > candidate) return candidate;
  }
}

/** The largest size that is no multiple of the batch size. */
const largestOther = ({ batch, step }: Sample): number =>
  step.program.nodes.reduce((most, { shape }) => shape.reduce((m, n) => (n % batch === 0 ? m : Math.max(m, n)), most), 0);

/** Operations whose attributes are shapes or places within one. */
const SIZED: readonly ProgramNode['op'][] = ['reshape', 'broadcast', 'slice'];

const sameJson = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);
const sameRefs = (x: ProgramNode['inputs'], y: ProgramNode['inputs']): boolean =>
  x.length === y.length &&
  x.every((ref, i) => {
    const other = y[i];
    return typeof ref === 'number' || typeof other === 'number' ? Object.is(ref, other) : ref.node === other.node;
  });

/** Why two traces are not one, as a sentence; null when they differ in sizes only. */
function difference(pair: Pair): string | null {
  const [{ batch: p, step: a }, { batch: q, step: b }] = pair;
  const [nodes, others] = [a.program.nodes, b.program.nodes];
  const size = (m: number, n: number): boolean => m === n || (m % p === 0 && n === (m / p) * q);
  const sizes = (x: readonly number[], y: readonly number[]): boolean => x.length === y.length && x.every((m, i) => size(m, y[i]));
  const alike = (x: ProgramNode, y: ProgramNode): boolean => {
    if (x.op !== y.op || x.dtype !== y.dtype || !sizes(x.shape, y.shape) || !sameRefs(x.inputs, y.inputs)) return false;
    if (x.op === 'constant') return sameNumbers(x, y);
    if (!SIZED.includes(x.op)) return sameJson(x.attributes, y.attributes);
    return x.attributes.every((list, i) => sizes(list as number[], y.attributes[i] as number[]));
  };
  const i = nodes.findIndex((node, k) => k >= others.length || !alike(node, others[k]));
  if (i >= 0 || nodes.length !== others.length) {
    const at = i >= 0 ? i : nodes.length;
    const line = (of: readonly ProgramNode[]): string => (at < of.length ? `'${printNode(of, at)}'` : 'nothing more');
    return `'${a.name}' computes with the batch size, not only on batches: at a batch of ${p} it has ${line(nodes)} where it has ${line(others)} at ${q}.`;
  }
  const { program: x, ...fields } = a;
  const { program: y, ...otherFields } = b;
  const same = sameJson([fields, x.inputs, x.outputs], [otherFields, y.inputs, y.outputs]);
  return same ? null : `'${a.name}' has other inputs or results at a batch of ${p} than at ${q}.`;
}

const numbersOf = ({ attributes }: ProgramNode): readonly number[] => attributes[0] as readonly number[];

/** Whether constants are the same numbers, or of two sizes with one number all over. */
function sameNumbers(x: ProgramNode, y: ProgramNode): boolean {
  const [a, b] = [numbersOf(x), numbersOf(y)];
  return a.length === b.length ? a.every((n, i) => Object.is(n, b[i])) : [...a, ...b].every((n) => Object.is(n, a[0]));
}

/** The program at another batch size. Every node's shape is inferred anew and must come out as it was put in. */
function specialise([{ batch: p, step }, { step: other }]: Pair, batch: number): StepProgram {
  const nodes: ProgramNode[] = [];
  step.program.nodes.forEach((node, i) => {
    const twin = other.program.nodes[i];
    const resize = (from: readonly number[], to: readonly number[]): number[] => from.map((n, k) => (n === to[k] ? n : (n / p) * batch));
    const shape = resize(node.shape, twin.shape);
    const attributes = SIZED.includes(node.op)
      ? node.attributes.map((list, k) => resize(list as number[], twin.attributes[k] as number[]))
      : node.op === 'constant' && numbersOf(node).length !== numbersOf(twin).length
        ? [new Array<number>(shape.reduce((size, n) => size * n, 1)).fill(numbersOf(node)[0])]
        : node.attributes;
    const made = { ...node, shape, attributes };
    const inferred = inferNode(made, nodes);
    if (!sameShape(inferred.shape, shape) || inferred.dtype !== node.dtype)
      throw new Error(`relativeStep: '${step.name}' at batch ${batch}: ${printNode([...nodes, made], i)} would be [${inferred.shape}].`);
    nodes.push(made);
  });
  return { ...step, program: { ...step.program, nodes } };
}

/** Shape and dtype of a node from those of its operands. */
function inferNode(node: ProgramNode, nodes: readonly ProgramNode[]): TensorMeta {
  if (node.op === 'input' || node.op === 'constant') return node;
  const operands = node.inputs.map((x): Operand<TensorMeta> => (typeof x === 'number' ? x : nodes[x.node]));
  if (isImage(node.op))
    return { shape: IMAGE_OPS[node.op].shape(operands as readonly TensorMeta[], node.attributes as Attributes), dtype: 'float32' };
  return isDerived(node.op)
    ? { shape: (operands[0] as TensorMeta).shape, dtype: 'float32' }
    : infer(node.op as OpName, operands, node.attributes as Attributes);
}
