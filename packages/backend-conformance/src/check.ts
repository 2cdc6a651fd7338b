/**
 * Assertions: plain throws of sentences that name the operation, its inputs, what was expected and what came. No test runner is needed.
 */
import {
  type Attributes,
  callOp,
  type DType,
  type Operand,
  type OpName,
  type SnnError,
  type Supports,
  sameShape,
  type TensorMeta,
} from '@snn/core';
import type { Context } from './case.ts';

/** Contents of a tensor before any backend has it. */
export interface Data {
  readonly data: readonly number[];
  readonly shape: readonly number[];
  readonly dtype?: DType;
}

/** An operand before any backend has it. */
export type Input = Data | number;

/** One call of an operation. */
export interface Call {
  readonly op: OpName;
  readonly inputs: readonly Input[];
  readonly attributes: Attributes;
}

/** A one-dimensional tensor's contents. */
export const vector = (...data: readonly number[]): Data => ({ data, shape: [data.length] });

/** How exact an operation's result must be. */
type Exactness = 'exact' | 'rounded' | 'approximate' | 'summed';

/**
 * `exact`: equal on any backend. `rounded`: the float32 rounding of the true result if `exactF32`, else within `relativeError` of it.
 * `approximate`: within `relativeError`. `summed`: the ascending float32 sum if `exactF32`, else within `relativeError` of the sum of
 * magnitudes, for each addition.
 */
const EXACTNESS: Readonly<Record<OpName, Exactness>> = {
  add: 'rounded',
  sub: 'rounded',
  mul: 'rounded',
  div: 'rounded',
  max: 'exact',
  gt: 'exact',
  where: 'exact',
  exp: 'approximate',
  log: 'approximate',
  sqrt: 'rounded',
  floor: 'exact',
  sum: 'summed',
  reduceMax: 'exact',
  matmul: 'summed',
  reshape: 'exact',
  permute: 'exact',
  broadcast: 'exact',
  slice: 'exact',
  concat: 'exact',
};

/** Fail with a sentence. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Fail unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** A list in few words. */
export function show(values: ArrayLike<number>): string {
  const shown = Array.from(values)
    .slice(0, 12)
    .map((x) => (Object.is(x, -0) ? '-0' : String(x)));
  return `[${shown.join(', ')}${values.length > 12 ? `, ... ${values.length} in all` : ''}]`;
}

/** A call in few words: `add([1, 2] of shape [2], 3)`. */
export function describeCall({ op, inputs, attributes }: Call): string {
  const operands = inputs.map((x) =>
    typeof x === 'number' ? show([x]).slice(1, -1) : `${show(x.data)} of shape [${x.shape.join(', ')}]${x.dtype ? ` ${x.dtype}` : ''}`,
  );
  return `${op}(${[...operands, ...attributes.map((a) => JSON.stringify(a))].join(', ')})`;
}

/** Put an operand into a backend. */
export const put = <T extends TensorMeta>(b: Context<T>['b'], x: Input): Operand<T> =>
  typeof x === 'number' ? x : b.fromData(x.data, x.shape, x.dtype);

/** Put a tensor into a backend. */
export const tensor = <T extends TensorMeta>(b: Context<T>['b'], x: Data): T => b.fromData(x.data, x.shape, x.dtype);

/** Run a call on a backend. */
export const run = <T extends TensorMeta>(b: Context<T>['b'], { op, inputs, attributes }: Call): T =>
  callOp(
    b,
    op,
    inputs.map((x) => put(b, x)),
    attributes,
  );

/** Equal numbers: NaN equals NaN; +0 and -0 differ only if `signedZeros`. */
export const same = (x: number, y: number, signedZeros: boolean): boolean => Object.is(x, y) || (!signedZeros && x === y);

/** Fail unless `got` holds the numbers of `want`: the same bits if `exactF32`, else each within `slack[i]`. */
export function checkNumbers<T extends TensorMeta>(
  { supports }: Pick<Context<T>, 'supports'>,
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  slack?: (i: number) => number,
): void {
  check(got.length === want.length, `${what}: expected ${want.length} numbers, got ${got.length}.`);
  for (let i = 0; i < want.length; i++) {
    if (same(got[i], want[i], supports.exactF32)) continue;
    // an infinite result must be infinite: whatever differs from it, differs by no more than Infinity
    const allowed = Number.isFinite(want[i]) ? (slack?.(i) ?? 0) : 0;
    if (allowed > 0 && Math.abs(got[i] - want[i]) <= allowed) continue;
    const margin = allowed > 0 ? ` within ${allowed.toExponential(2)}` : '';
    fail(
      `${what}: expected ${show([want[i]])}${margin} at index ${i}, got ${show([got[i]])}. All: expected ${show(want)}, got ${show(got)}.`,
    );
  }
}

/** `checkNumbers` for the result of `steps` operations one after another on numbers no larger than those of `want`. */
export const checkSteps = <T extends TensorMeta>(
  c: Pick<Context<T>, 'supports'>,
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  steps: number,
): void => checkNumbers(c, what, got, want, (i) => (c.supports.exactF32 ? 0 : steps * c.supports.relativeError * Math.abs(want[i])));

/** Fail unless a tensor has this shape and dtype. */
export function checkMeta(what: string, got: TensorMeta, want: TensorMeta): void {
  check(sameShape(got.shape, want.shape), `${what}: expected a result of shape [${want.shape.join(', ')}], got [${got.shape.join(', ')}].`);
  check(got.dtype === want.dtype, `${what}: expected a result of dtype ${want.dtype}, got ${got.dtype}.`);
}

/** Smallest difference that a backend must see: exact ones have subnormal numbers, others may flush them to zero. */
export const tiny = (exactF32: boolean): number => (exactF32 ? 2 ** -149 : 2 ** -126);

/** Run a call on the backend and on the oracle; fail unless the results agree as the operation promises. */
export async function compare<T extends TensorMeta>(c: Context<T>, call: Call): Promise<void> {
  const { b, supports } = c;
  const exactness = EXACTNESS[call.op];
  const bits = exactness === 'exact' || (exactness !== 'approximate' && supports.exactF32);
  const oracle = bits && supports.exactF32 ? c.float32 : c.float64;
  const want = run(oracle, call);
  const what = describeCall(call);
  const result = run(b, call);
  checkMeta(what, result, want);
  const got = await b.read(result);
  const least = tiny(supports.exactF32);
  let slack: ((i: number) => number) | undefined;
  if (!bits && exactness === 'summed') {
    const magnitudes = run(oracle, { ...call, inputs: call.inputs.map((x) => absolute(x)) });
    const terms = additions(call);
    slack = (i) => supports.relativeError * terms * magnitudes.values[i] + least;
  } else if (!bits) slack = (i) => supports.relativeError * Math.abs(want.values[i]) + least;
  checkNumbers(c, what, got, inRange(supports, want.values), slack);
}

/** Results as a backend can hold them: one that computes in float32 has no numbers beyond its range. */
const inRange = ({ relativeError }: Supports, values: Float64Array): Float64Array =>
  relativeError < 2 ** -24 ? values : values.map((x) => (Number.isFinite(Math.fround(x)) ? x : Math.fround(x)));

const absolute = (x: Input): Input => (typeof x === 'number' ? Math.abs(x) : { ...x, data: x.data.map(Math.abs) });

/** How many roundings one output of a sum or of a matrix product goes through. */
function additions({ op, inputs, attributes }: Call): number {
  const { shape } = inputs[0] as Data;
  if (op === 'matmul') return shape[shape.length - 1] + 1;
  return (attributes[0] as readonly number[]).reduce((n, axis) => n * shape[axis < 0 ? axis + shape.length : axis], 1);
}

/** Fail unless `f` throws (or rejects with) an error of this code whose message contains each of `words`. */
export async function checkThrows(
  what: string,
  codes: readonly SnnError['code'][],
  f: () => unknown,
  words: readonly string[] = [],
): Promise<void> {
  const wanted = codes.map((code) => `'${code}'`).join(' or ');
  let answer: unknown;
  try {
    answer = await f();
  } catch (thrown) {
    const { code, message } = thrown as SnnError;
    check(
      (codes as readonly unknown[]).includes(code),
      `${what}: expected an error with code ${wanted}, got ${String(thrown)} (code '${code}').`,
    );
    for (const word of words) check(message.includes(word), `${what}: the error must name '${word}', but says: ${message}`);
    return;
  }
  fail(`${what}: expected an error with code ${wanted}, got the answer ${typeof answer}.`);
}
