/**
 * The tracer: a backend whose handles are symbols. Running a step on it records what the step does, once, as a program; nothing is computed.
 * Equal operations on equal operands are one node (value numbering). Symbols refuse to be read or branched on, with a sentence.
 */
import {
  type Attributes,
  argumentError,
  type Backend,
  type CustomOp,
  type DerivedName,
  type DType,
  type ImageName,
  infer,
  mapOps,
  type Operand,
  type Program,
  type ProgramNode,
  type TensorMeta,
  unsupportedError,
} from '@snn/core';
import { recordImages } from './images.ts';

/** A value of a program that is being traced. */
export interface Sym extends TensorMeta {
  /** Number of the node. */
  readonly node: number;
}

/** A backend that records. */
export interface Tracer extends Backend<Sym> {
  /** A value that is given when the program runs. */
  input(shape: readonly number[], dtype?: DType): Sym;
  /** The program so far, with these results. */
  program(outputs: readonly Sym[]): Program;
}

/** What a symbol answers to `Number(x)`, `x > 0`, `if (x)` and to being printed. */
const refuse = (): never => {
  throw unsupportedError(
    'trace: a step must not branch on the value of a tensor or print it, since it is recorded once for all values; use `where` instead of `if`.',
  );
};

class Symbolic implements Sym {
  readonly node: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
  constructor(node: number, { shape, dtype }: TensorMeta) {
    this.node = node;
    this.shape = shape;
    this.dtype = dtype;
  }
  [Symbol.toPrimitive](): never {
    return refuse();
  }
}

/**
 * Begin a trace.
 *
 * @param whole whether derived operations (abs, round, sigmoid, tanh, softplus, convolution and pooling) are nodes of their own; otherwise they are taken apart. Default true.
 */
export function tracer(whole = true): Tracer {
  const nodes: ProgramNode[] = [];
  const inputs: number[] = [];
  const known = new Map<string, Sym>();

  const add = (node: ProgramNode): Sym => new Symbolic(nodes.push(node) - 1, node);
  const own = (op: string, x: Sym): Sym => {
    if (!(x.node < nodes.length))
      throw argumentError(`${op}: an operand is a tensor and not a value of this trace; give it to the step as a parameter or as input.`);
    return x;
  };
  const refuseRead = (): never => {
    throw unsupportedError(
      'trace: a step must not read a tensor, since it is recorded before there are values; return it from the step and read it afterwards.',
    );
  };

  const ops = mapOps<Sym>((op) => (operands, given: Attributes) => {
    const { shape, dtype, attributes } = infer(op, operands, given);
    const refs = operands.map((x: Operand<Sym>) => (typeof x === 'number' ? x : { node: own(op, x).node }));
    const key = `${op} ${refs.map((r) => (typeof r === 'number' ? (Object.is(r, -0) ? '-0' : r) : `#${r.node}`))} ${JSON.stringify(attributes)}`;
    const same = known.get(key);
    if (same) return same;
    const result = add({ op, inputs: refs, attributes, shape, dtype });
    known.set(key, result);
    return result;
  });

  const derived = (
    op: DerivedName | ImageName,
    operands: readonly Sym[],
    attributes: Attributes = [],
    shape: readonly number[] = operands[0].shape,
  ): Sym => {
    const key = `${op} ${operands.map((x) => `#${own(op, x).node}`)} ${JSON.stringify(attributes)}`;
    const inputs = operands.map(({ node }) => ({ node }));
    const result = known.get(key) ?? add({ op, inputs, attributes, shape, dtype: 'float32' });
    known.set(key, result);
    return result;
  };

  const self: Tracer = {
    ...ops,
    spec: 1,
    name: 'tracer',
    supports: {
      dtypes: ['float32', 'int32', 'bool'],
      maxRank: 32,
      syncRead: false,
      memory: 'gc',
      exactF32: false,
      nonFinite: false,
      relativeError: 0,
      compile: 'none',
    },
    native: whole
      ? {
          abs: (x) => derived('abs', [x]),
          round: (x) => derived('round', [x]),
          sigmoid: (x) => derived('sigmoid', [x]),
          softplus: (x) => derived('softplus', [x]),
          tanh: (x) => derived('tanh', [x]),
          ...recordImages(derived),
        }
      : {},
    fromData(data, shape, dtype = 'float32') {
      const numbers = Array.from(data);
      return add({ op: 'constant', inputs: [], attributes: [numbers], shape: [...shape], dtype });
    },
    read: async () => refuseRead(),
    dispose: () => {},
    customGrad: (op: CustomOp, ...operands) => op.forward(self, ...operands),
    input(shape, dtype = 'float32') {
      const result = add({ op: 'input', inputs: [], attributes: [], shape: [...shape], dtype });
      inputs.push(result.node);
      return result;
    },
    program: (outputs) => ({ nodes: [...nodes], inputs: [...inputs], outputs: outputs.map((x) => own('program', x).node) }),
  };
  return self;
}
