/**
 * A backend that watches a step while it is traced: it knows the operation that is going on, so that what goes wrong can be named, and its handles
 * refuse to be branched on or printed. `if (x)` cannot be refused: JavaScript asks no object whether it is true.
 */
import type { Differentiator, Var } from '@snn/autodiff';
import {
  type Attributes,
  argumentError,
  type Backend,
  callOp,
  type ErrorCode,
  mapOps,
  type Operand,
  SnnError,
  unsupportedError,
} from '@snn/core';
import type { Sym } from './tracer.ts';

type Handle = Var<Sym>;

/** What a step is traced on. */
export interface Watched {
  readonly b: Backend<Handle>;
  /** The handle, which refuses to be branched on or printed from now on; `what` names it. */
  mark(x: Handle, what: string): Handle;
  /** Run `f`. What it throws is named by the step and the operation, with the original as its cause. */
  named<R>(step: string, f: () => R): R;
}

/** Watch the operations of `ad`. */
export function watch(ad: Differentiator<Sym>): Watched {
  // the operation that runs; after an error, the one that failed
  let current: string | null = null;
  const during = <R>(op: string, f: () => R): R => {
    const outer = current;
    current = op;
    const result = f();
    current = outer;
    return result;
  };
  const mark = (x: Handle, what: string): Handle =>
    Object.defineProperty(x, Symbol.toPrimitive, {
      configurable: true,
      value(): never {
        throw unsupportedError(
          `a step must not branch on a tensor or print it, here on ${what}, since it is recorded once for all values; use \`where\` instead of \`if\`.`,
        );
      },
    });
  const made = (op: string, f: () => Handle): Handle => mark(during(op, f), `the result of '${op}'`);
  const read = (): never =>
    during('read', () => {
      throw unsupportedError(
        'a step must not read a tensor, since it is recorded before there are values; return it from the step and read it afterwards.',
      );
    });
  const b: Backend<Handle> = {
    ...ad,
    ...mapOps<Handle>(
      (op) => (operands: readonly Operand<Handle>[], attributes: Attributes) => made(op, () => callOp(ad, op, operands, attributes)),
    ),
    fromData: (data, shape, dtype) => made('fromData', () => ad.fromData(data, shape, dtype)),
    customGrad: (op, ...inputs) => made(op.name, () => ad.customGrad(op, ...inputs)),
    // at once and not as a rejected promise, which a step would not wait for
    read,
    readSync: read,
  };
  return {
    b,
    mark,
    named(step, f) {
      try {
        return f();
      } catch (error) {
        const { code = 'argument', message } = error as { readonly code?: ErrorCode; readonly message: string };
        const place = current === null ? '' : ` at '${current}'`;
        throw new SnnError(code, `${step}: the step cannot be traced${place}: ${message}`, { cause: error });
      }
    },
  };
}

/**
 * What a step returned, if it is a pair of an output of the trace and a state.
 *
 * @throws an `argument` error that says what it returned instead.
 */
export function pairOf(step: string, returned: unknown): readonly [Handle, unknown] {
  const wrong = (what: string): Error => argumentError(`${step}: the step must return [output, state], but returned ${what}.`);
  if (typeof (returned as Promise<unknown> | null)?.then === 'function') {
    // whatever it comes to, this error is the answer
    (returned as Promise<unknown>).then(undefined, () => {});
    throw wrong('a promise; a step is not async and waits for nothing: it is recorded before there are values');
  }
  if (!Array.isArray(returned)) throw wrong(describe(returned));
  if (returned.length !== 2) throw wrong(`a list of ${returned.length}`);
  if (!isOfTrace(returned[0]))
    throw wrong(`${describe(returned[0])} as the output; it must come of operations of the backend that the step got`);
  return returned as unknown as readonly [Handle, unknown];
}

/** Whether a value is a handle of a trace, and not a number or a tensor of another backend. */
export const isOfTrace = (x: unknown): x is Handle => typeof (x as Handle | null)?.value?.node === 'number';

/** A value in few words. */
export function describe(x: unknown): string {
  if (typeof x === 'number') return `the number ${x}`;
  if (typeof x === 'object' && x !== null)
    return 'shape' in x ? 'a tensor that is no value of this trace' : `{ ${Object.keys(x).join(', ')} }`;
  return x === null || x === undefined ? String(x) : `a ${typeof x}`;
}
