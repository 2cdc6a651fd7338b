/**
 * Reverse-mode differentiation as a decorator: `autodiff(b)` is a backend that runs every operation on `b` and records how its result came
 * about, if a variable is involved. There is no tape object and no mode; the record hangs on the results and is collected with them.
 * Derivative rules are written against the inner backend, so decorators nest: `autodiff(autodiff(b))` gives second derivatives,
 * `autodiff(tracer())` the gradient as a graph.
 */
import {
  type Arena,
  type Attributes,
  arena,
  argumentError,
  type Backend,
  type CustomOp,
  callOp,
  type DType,
  dtypeError,
  mapOps,
  OPS,
  type Operand,
  type TensorMeta,
} from '@snn/core';
import { RULES, unbroadcast } from './rules.ts';

/** How a value came about. `pull(g, i)` is the cotangent of parent `i`. */
interface Node<T> {
  readonly id: number;
  readonly parents: readonly (Node<T> | null)[];
  readonly pull: (b: Backend<T & TensorMeta>, g: T) => readonly (T | null)[];
}

/** A value of `autodiff(b)`: a handle of `b` and its history; `node` is null for constants. */
export interface Var<T extends TensorMeta> extends TensorMeta {
  readonly value: T;
  readonly node: Node<T> | null;
}

/** A backend that can differentiate what was computed with it. */
export interface Differentiator<T extends TensorMeta> extends Backend<Var<T>> {
  /** A handle of the inner backend as a value without gradient. */
  constant(value: T): Var<T>;
  /** A float32 handle of the inner backend as a value whose gradient will be asked for. */
  variable(value: T): Var<T>;
  /**
   * Gradients of sum_k <cotangent_k, output_k> with respect to `variables`; null where an output does not depend on one. The results belong
   * to the caller; everything else that was made on the way is released.
   */
  backward(outputs: readonly Var<T>[], cotangents: readonly T[], variables: readonly Var<T>[]): readonly (T | null)[];
}

/**
 * An arena for what a derivative needs on the way. Over a backend that records, it releases nothing: the outer record may need every value,
 * and the scope beneath the outermost derivative releases them all.
 */
export const temporaries = <T extends TensorMeta>(b: Backend<T>): Pick<Arena<T>, 'keep' | 'release'> & Backend<T> =>
  'backward' in b ? { ...b, keep: (x) => x, release: () => {} } : arena(b);

/** Decorate `b` with differentiation. `native` is dropped: derived operations fall back to what has derivatives. */
export function autodiff<T extends TensorMeta>(b: Backend<T>): Differentiator<T> {
  let nextId = 0;
  const wrap = (value: T, node: Node<T> | null): Var<T> => ({ shape: value.shape, dtype: value.dtype, value, node });
  const own = (op: string, x: Var<T>): Var<T> => {
    if (x?.value === undefined) {
      throw argumentError(`${op}: an operand is a handle of the inner backend; wrap it with \`constant\` or \`variable\`.`);
    }
    return x;
  };
  const record = (value: T, inputs: readonly Operand<Var<T>>[], pull: Node<T>['pull']): Var<T> => {
    const parents = inputs.map((x) => (typeof x === 'number' ? null : x.node));
    return wrap(value, parents.some((p) => p !== null) ? { id: nextId++, parents, pull } : null);
  };

  const ops = mapOps<Var<T>>((op) => (inputs, attributes: Attributes) => {
    const values = inputs.map((x) => (typeof x === 'number' ? x : own(op, x).value));
    const output = callOp(b, op, values, attributes);
    const kind = OPS[op];
    const rule = RULES[op];
    const tracked = inputs.map((x) => typeof x !== 'number' && x.node !== null);
    return record(output, inputs, (inner, g) =>
      values.map((x, i) => {
        const cotangent = tracked[i] ? rule(inner, g, i, values, output, attributes) : null;
        return cotangent !== null && (kind === 'binary' || kind === 'where') ? unbroadcast(inner, cotangent, (x as T).shape) : cotangent;
      }),
    );
  });

  const self: Differentiator<T> = {
    ...ops,
    spec: b.spec,
    name: `autodiff(${b.name})`,
    supports: { ...b.supports, compile: 'none' },
    native: {},
    constant: (value) => wrap(value, null),
    variable(value) {
      if (value.dtype !== 'float32')
        throw dtypeError(`variable: only float32 has derivatives, but the tensor of shape [${value.shape}] is ${value.dtype}.`);
      return wrap(value, { id: nextId++, parents: [], pull: () => [] });
    },
    fromData: (data: ArrayLike<number>, shape: readonly number[], dtype?: DType) => wrap(b.fromData(data, shape, dtype), null),
    // async, so that a foreign operand is a rejected promise and not a thrown error
    read: async (x) => b.read(own('read', x).value),
    dispose: (x) => b.dispose(x.value),
    customGrad(op: CustomOp, ...inputs: readonly Var<T>[]): Var<T> {
      const values = inputs.map((x) => own(op.name, x).value);
      const output = b.customGrad(op, ...values);
      const needed = inputs.map((x) => x.node !== null);
      return record(output, inputs, (inner, g) => op.vjp(inner, g, values, output, needed));
    },
    backward(outputs, cotangents, variables) {
      const scope = temporaries(b);
      try {
        const found = pullBack(scope, outputs, cotangents);
        return variables.map((x) => {
          const g = x.node && found.get(x.node);
          // each gradient is a handle of its own, so that the caller may dispose them one by one
          return g ? scope.keep(scope.reshape(g, g.shape)) : null;
        });
      } finally {
        scope.release();
      }
    },
  };
  if (b.readSync) self.readSync = (x) => (b.readSync as NonNullable<typeof b.readSync>)(own('readSync', x).value);
  if (b.memory) self.memory = b.memory;
  return self;
}

/** Cotangents of all nodes that the outputs depend on; nodes are visited from the newest to the oldest. */
function pullBack<T extends TensorMeta>(b: Backend<T>, outputs: readonly Var<T>[], cotangents: readonly T[]): Map<Node<T>, T> {
  const gradient = new Map<Node<T>, T>();
  const add = (node: Node<T>, g: T): void => {
    const sum = gradient.get(node);
    gradient.set(node, sum === undefined ? g : b.add(sum, g));
  };
  const reached = new Set<Node<T>>();
  const pending: Node<T>[] = [];
  outputs.forEach((x, i) => {
    if (x.node === null) return;
    // a new handle: the caller's own cotangent must not be handed out as a gradient
    add(x.node, b.reshape(cotangents[i], x.shape));
    pending.push(x.node);
  });
  while (pending.length > 0) {
    const node = pending.pop() as Node<T>;
    if (reached.has(node)) continue;
    reached.add(node);
    for (const parent of node.parents) if (parent !== null) pending.push(parent);
  }
  for (const node of [...reached].sort((x, y) => y.id - x.id)) {
    const g = gradient.get(node);
    if (g === undefined || node.parents.length === 0) continue;
    const parts = node.pull(b, g);
    node.parents.forEach((parent, i) => {
      const part = parts[i];
      if (parent !== null && part !== null && part !== undefined) add(parent, part);
    });
    gradient.delete(node);
  }
  return gradient;
}
