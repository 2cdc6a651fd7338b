/**
 * Elementwise kernels with the loop over time inside, as WebAssembly: any number of operations, states and results in one function, four
 * elements at a time. Each operation is one correctly rounded float32 instruction (or, for `exp` and `log`, the same sequence of them as in
 * `@snn/core`), so the bits are those of the operations one by one.
 *
 * A kernel is called as f(arguments, first, steps, rowStep, begin, end): `arguments` is the address of a list of addresses, in the order of
 * `streams`, `fixed`, `scalars`, `states`, `results`, `bitStreams`, `bitResults`; `first` the byte offset of the first step's row in every stream
 * and result, `rowStep` the bytes from one step's row to the next (negative when time runs backwards); `begin` and `end` the bytes of the row to
 * work on.
 *
 * Spikes may lie packed: four elements in a byte, element e of a row as bit e mod 4 of its byte floor(e / 4); the upper four bits are 0. A kernel
 * that has such arrays takes two more arguments, f(..., end, bitFirst, bitRowStep): `first` and `rowStep` of packed rows. A packed row of n
 * elements has ceil(n / 4) bytes, so `begin` must then be a multiple of 16, and `end` too unless it is the end of the row.
 */
import type { Code, FunctionSpec, Local } from './module.ts';

/** A value within a kernel: a number, or an operand or operation by its name. */
export type KernelRef = number | string;

/** Operations that kernels have. */
export type KernelOp = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'gt' | 'where' | 'exp' | 'log' | 'sqrt' | 'floor' | 'round' | 'abs';

/** What a kernel does for every element of every step. */
export interface KernelSpec {
  readonly name: string;
  /** Operands that change with time. */
  readonly streams: readonly string[];
  /** Operands of one row that do not. */
  readonly fixed: readonly string[];
  /** Operands of one number. */
  readonly scalars: readonly string[];
  /** State variables: name before the step, and what it is after. Their memory holds the state before and after the run. */
  readonly states: readonly { readonly name: string; readonly next: KernelRef }[];
  /** Operations, operands first. */
  readonly operations: readonly { readonly name: string; readonly op: KernelOp; readonly inputs: readonly KernelRef[] }[];
  /** Values to store for every step. */
  readonly results: readonly KernelRef[];
  /** Operands that change with time and lie packed: 0 or 1. Default none. */
  readonly bitStreams?: readonly string[];
  /** Values to store packed for every step: a bit says whether the value is not 0. Default none. */
  readonly bitResults?: readonly KernelRef[];
}

const PARAMETERS = ['args', 'first', 'steps', 'rowStep', 'begin', 'end'] as const;
const BIT_PARAMETERS = ['bitFirst', 'bitRowStep'] as const;

/** Names of the arguments of a kernel, in order. */
const parametersOf = ({ bitStreams = [], bitResults = [] }: KernelSpec): readonly Parameter[] =>
  bitStreams.length + bitResults.length > 0 ? [...PARAMETERS, ...BIT_PARAMETERS] : PARAMETERS;

type Parameter = (typeof PARAMETERS | typeof BIT_PARAMETERS)[number];

/** The kernel as a function for `assemble`. */
export function elementwise(spec: KernelSpec): FunctionSpec {
  const parameters = parametersOf(spec);
  return {
    name: spec.name,
    parameters: parameters.map(() => 'i32'),
    build: (c, ...locals) =>
      buildKernel(c, spec, Object.fromEntries(parameters.map((name, i) => [name, locals[i]])) as Record<Parameter, Local>),
  };
}

function buildKernel(c: Code, spec: KernelSpec, p: Record<Parameter, Local>): void {
  let slot = 0;
  const address = (): Local => {
    const local = c.local('i32');
    c.get(p.args)
      .memory('i32.load', 4 * slot++)
      .set(local);
    return local;
  };
  const streams = spec.streams.map((name) => ({ name, base: address() }));
  const fixed = spec.fixed.map((name) => ({ name, base: address() }));
  const values = new Map<string, Local>();
  for (const name of spec.scalars) {
    const base = address();
    const value = c.local('v128');
    c.get(base).memory('v128.load32_splat').set(value);
    values.set(name, value);
  }
  const states = spec.states.map((state) => ({ ...state, base: address() }));
  const results = spec.results.map((ref) => ({ ref, base: address() }));

  const bitStreams = (spec.bitStreams ?? []).map((name) => ({ name, base: address() }));
  const bitResults = (spec.bitResults ?? []).map((ref) => ({ ref, base: address() }));
  const packed = bitStreams.length + bitResults.length > 0;

  const [step, row, element, at, whole, rest, bitRow, bitAt] = Array.from({ length: 8 }, () => c.local('i32'));
  const masks = new Map<string, Local>();
  const push = (ref: KernelRef): Code => (typeof ref === 'number' ? c.f32x4(ref) : c.get(values.get(ref) as Local));
  const load = (name: string, base: Local, offset: Local): void => {
    const value = values.get(name) ?? c.local('v128');
    values.set(name, value);
    c.get(base, offset).op('i32.add').memory('v128.load').set(value);
  };
  const loadBits = (name: string, base: Local): void => {
    const mask = masks.get(name) ?? c.local('v128');
    const value = values.get(name) ?? c.local('v128');
    masks.set(name, mask);
    values.set(name, value);
    c.i32x4(0).get(base, bitAt).op('i32.add').memory('i32.load8_u').op('i32x4.splat').words(1, 2, 4, 8).op('v128.and', 'i32x4.lt_s');
    c.tee(mask).f32x4(1).op('v128.and').set(value);
  };
  /** The four lanes of a value as bits. */
  const bitsOf = (ref: KernelRef): Code => {
    const mask = typeof ref === 'string' ? masks.get(ref) : undefined;
    if (mask) c.get(mask);
    else push(ref).f32x4(0).op('f32x4.ne');
    return c.op('i32x4.bitmask');
  };
  /** Four elements; `store(base, offset, ref)` says how results are kept, `bits(ref)` which bits of packed ones. */
  const body = (store: (base: Local, offset: Local, ref: KernelRef) => void, bits: (ref: KernelRef) => void): void => {
    c.get(row, element).op('i32.add').set(at);
    if (packed) c.get(bitRow, element).i32(4).op('i32.shr_u', 'i32.add').set(bitAt);
    for (const { name, base } of bitStreams) loadBits(name, base);
    for (const { name, base } of streams) load(name, base, at);
    for (const { name, base } of fixed) load(name, base, element);
    for (const { name, base } of states) load(name, base, element);
    for (const operation of spec.operations) {
      const value = values.get(operation.name) ?? c.local('v128');
      compute(c, operation.op, operation.inputs, push, masks, operation.name, addedToOne.has(operation.name));
      c.set(value);
      values.set(operation.name, value);
    }
    for (const { ref, base } of results) store(base, at, ref);
    for (const { ref, base } of bitResults) {
      c.get(base, bitAt).op('i32.add');
      bits(ref);
      c.memory('i32.store8');
    }
    for (const { next, base } of states) store(base, element, next);
  };

  const addedToOne = onlyAddedToOne(spec);
  c.get(p.first).set(row);
  if (packed) c.get(p.bitFirst).set(bitRow);
  c.get(p.end).i32(15).op('i32.sub').set(whole);
  c.for(
    step,
    () => c.get(p.steps),
    1,
    () => {
      c.get(p.begin).set(element);
      c.for(
        element,
        () => c.get(whole),
        16,
        () =>
          body((base, offset, ref) => {
            c.get(base, offset).op('i32.add');
            push(ref).memory('v128.store');
          }, bitsOf),
      );
      c.get(element, p.end).op('i32.lt_s');
      c.if(() => {
        // fewer than four are left: computed like the others, kept one by one
        c.get(p.end, element).op('i32.sub').set(rest);
        body(
          (base, offset, ref) => {
            for (let lane = 0; lane < 3; lane++) {
              c.get(rest)
                .i32(4 * lane)
                .op('i32.gt_s');
              c.if(() => {
                c.get(base, offset).op('i32.add');
                push(ref).storeLane(lane, 4 * lane);
              });
            }
          },
          (ref) => {
            // the bits of what lies beyond the row are 0: 2^(rest / 4) - 1 are those within
            bitsOf(ref).i32(1).get(rest).i32(2).op('i32.shr_u', 'i32.shl').i32(1).op('i32.sub', 'i32.and');
          },
        );
      });
      c.get(row, p.rowStep).op('i32.add').set(row);
      if (packed) c.get(bitRow, p.bitRowStep).op('i32.add').set(bitRow);
    },
  );
}

/** Operations whose values nothing reads but additions to the number 1: the exponentials in `sigmoid` and `tanh`. */
function onlyAddedToOne({ operations, results, states, bitResults = [] }: KernelSpec): ReadonlySet<KernelRef> {
  const elsewhere = operations.flatMap(({ op, inputs }) => (op === 'add' && inputs.includes(1) ? [] : inputs));
  const other = new Set([...elsewhere, ...results, ...bitResults, ...states.map(({ next }) => next)]);
  return new Set(operations.flatMap(({ name }) => (other.has(name) ? [] : [name])));
}

/** Leave the result of an operation on the stack. */
function compute(
  c: Code,
  op: KernelOp,
  inputs: readonly KernelRef[],
  push: (ref: KernelRef) => Code,
  masks: Map<string, Local>,
  name: string,
  onlyAddedToOne: boolean,
): void {
  const [x, y, z] = inputs;
  switch (op) {
    case 'gt': {
      // the mask itself is what `where` selects by; as a number it is 1 or 0
      const mask = masks.get(name) ?? c.local('v128');
      masks.set(name, mask);
      push(x);
      push(y).op('f32x4.gt').tee(mask).f32x4(1).op('v128.and');
      return;
    }
    case 'where': {
      const mask = (): void => {
        const known = typeof x === 'string' ? masks.get(x) : undefined;
        if (known) c.get(known);
        else push(x).f32x4(0).op('f32x4.ne');
      };
      // beside a 0 the mask takes bits away
      if (Object.is(z, 0) || Object.is(y, 0)) {
        push(Object.is(z, 0) ? y : z);
        mask();
        c.op(Object.is(z, 0) ? 'v128.and' : 'v128.andnot');
        return;
      }
      push(y);
      push(z);
      mask();
      c.op('v128.bitselect');
      return;
    }
    case 'exp':
      exp(c, () => push(x), onlyAddedToOne);
      return;
    case 'log':
      log(c, () => push(x));
      return;
    case 'round':
      // + 0 makes -0 the +0 that `round` of @snn/core gives
      push(x).op('f32x4.nearest').f32x4(0).op('f32x4.add');
      return;
    case 'sqrt':
    case 'floor':
    case 'abs':
      push(x).op(`f32x4.${op}`);
      return;
    default:
      push(x);
      push(y).op(`f32x4.${op}`);
  }
}

/** Horner steps: value = value * x + coefficient. */
function horner(c: Code, value: Local, x: Local, coefficients: readonly number[]): void {
  for (const coefficient of coefficients) c.get(value, x).op('f32x4.mul').f32x4(coefficient).op('f32x4.add').set(value);
}

/**
 * `exp32` of @snn/core. Instead of asking for its limits, x is kept between two numbers beyond them, where the scaling by 2^n itself gives Infinity
 * or 0; a NaN passes through `pmax` and `pmin`. Compared with `exp32` for every float32 from 64 to 128 and from -128 to -64.
 *
 * @param addedToOne the result is only added to 1, which makes 1 of all that is below 2^-25: then small numbers need not be exact, and 2^n is one
 *   factor. Nine instructions of forty less.
 */
function exp(c: Code, push: () => Code, addedToOne: boolean): void {
  const [x, n, r, p, whole, half] = Array.from({ length: 6 }, () => c.local('v128'));
  push()
    .f32x4(addedToOne ? -86 : -104)
    .op('f32x4.pmax')
    .f32x4(89)
    .op('f32x4.pmin')
    .set(x);
  c.get(x).f32x4(1.44269504088896341).op('f32x4.mul').f32x4(0.5).op('f32x4.add', 'f32x4.floor').set(n);
  c.get(x, n).f32x4(0.693359375).op('f32x4.mul', 'f32x4.sub').get(n).f32x4(-2.1219444e-4).op('f32x4.mul', 'f32x4.sub').set(r);
  c.f32x4(1.98756915e-4).set(p);
  horner(c, p, r, [1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  c.get(p, r, r).op('f32x4.mul', 'f32x4.mul').get(r).op('f32x4.add').f32x4(1).op('f32x4.add').set(p);
  // the last bits of n + 1.5 * 2^23 are those of n
  if (addedToOne) {
    // 2^(n - 1), since 2^n may be too large, twice
    c.get(p, n)
      .f32x4(MAGIC + 126)
      .op('f32x4.add')
      .i32(23)
      .op('i32x4.shl', 'f32x4.mul')
      .set(p);
    c.get(p, p).op('f32x4.add');
    return;
  }
  c.get(n).f32x4(MAGIC).op('f32x4.add').i32x4(MAGIC_BITS).op('i32x4.sub').tee(whole).i32(1).op('i32x4.shr_s').set(half);
  // in two factors: 2^n itself may lie outside float32's exponents
  const power = (push: () => void): void => {
    push();
    c.i32x4(127).op('i32x4.add').i32(23).op('i32x4.shl');
  };
  c.get(p);
  power(() => c.get(half));
  c.op('f32x4.mul');
  power(() => c.get(whole, half).op('i32x4.sub'));
  c.op('f32x4.mul');
}

const MAGIC = 12582912;
const MAGIC_BITS = 0x4b400000;

/** `log32` of @snn/core, line by line. */
function log(c: Code, push: () => Code): void {
  const [x, word, e, m, square, p, small, low] = Array.from({ length: 8 }, () => c.local('v128'));
  push().set(x);
  c.get(x).f32x4(1.17549435e-38).op('f32x4.lt').set(small);
  c.get(x).f32x4(8388608).op('f32x4.mul').get(x, small).op('v128.bitselect').set(word);
  c.get(word)
    .i32(23)
    .op('i32x4.shr_s')
    .i32x4(126)
    .op('i32x4.sub')
    .get(small)
    .i32x4(23)
    .op('v128.and', 'i32x4.sub')
    .op('f32x4.convert_i32x4_s')
    .set(e);
  c.get(word).i32x4(0x7fffff).op('v128.and').i32x4(0x3f000000).op('v128.or').set(m);
  c.get(m).f32x4(0.707106781186547524).op('f32x4.lt').set(low);
  c.get(e).f32x4(1).get(low).op('v128.and', 'f32x4.sub').set(e);
  c.get(m, m).op('f32x4.add').get(m, low).op('v128.bitselect').f32x4(1).op('f32x4.sub').set(m);
  c.get(m, m).op('f32x4.mul').set(square);
  c.f32x4(7.0376836292e-2).set(p);
  horner(
    c,
    p,
    m,
    [
      -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
      3.3333331174e-1,
    ],
  );
  c.get(p, m).op('f32x4.mul').get(square).op('f32x4.mul').set(p);
  c.get(p, e).f32x4(-2.1219444e-4).op('f32x4.mul', 'f32x4.add').set(p);
  c.get(p).f32x4(0.5).get(square).op('f32x4.mul', 'f32x4.sub').set(p);
  c.get(m, p).op('f32x4.add').get(e).f32x4(0.693359375).op('f32x4.mul', 'f32x4.add').set(p);
  // -Infinity of 0, Infinity of Infinity, NaN below 0 and of NaN
  c.get(x, p, x).f32x4(Infinity).op('f32x4.eq', 'v128.bitselect').set(p);
  c.f32x4(-Infinity).get(p, x).f32x4(0).op('f32x4.eq', 'v128.bitselect').set(p);
  c.f32x4(Number.NaN).get(p, x).f32x4(0).op('f32x4.ge', 'v128.not', 'v128.bitselect');
}
