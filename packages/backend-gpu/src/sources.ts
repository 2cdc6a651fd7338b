/**
 * gpu.js source of the operations. A source holds an operation and how its operands are walked, never a size: sizes and strides are arguments,
 * so the same kernel serves all shapes.
 *
 * `Math.fround` keeps one rounding for each operation where gpu.js computes in double precision; in shaders it is the identity.
 */
import type { OpName } from '@snn/core';
import { type GpuMode, onDevice } from './modes.ts';

/** How an operand is read: a plain number, a tensor of one element, one that lies like the result, or one with strides. */
export type Access = 'number' | 'one' | 'same' | 'strided';

/** Elementwise operations as expressions of x and y. */
export type Expressions = Readonly<Partial<Record<OpName, string>>>;

const ARITHMETIC: Expressions = {
  add: 'Math.fround(x + y)',
  sub: 'Math.fround(x - y)',
  mul: 'Math.fround(x * y)',
  div: 'Math.fround(x / y)',
  max: 'Math.max(x, y)',
  sqrt: 'Math.fround(Math.sqrt(x))',
  floor: 'Math.floor(x)',
};
const ON_HOST: Expressions = { ...ARITHMETIC, exp: 'Math.fround(Math.exp(x))', log: 'Math.fround(Math.log(x))' };
const ON_DEVICE: Expressions = { ...ARITHMETIC, exp: 'exponential(x)', log: 'logarithm(x)' };

/** The expressions of a mode. */
export const expressionsOf = (mode: GpuMode): Expressions => (onDevice(mode) ? ON_DEVICE : ON_HOST);

/**
 * e^x and log x for shaders, whose own lose digits: e^x by up to |x| ulp, log x near 1 by as many as cancel. Polynomials: Cephes (`expf`, `logf`,
 * S. Moshier), as in `@snn/core`.
 */
export const DEVICE_FUNCTIONS: readonly string[] = [
  `function exponential(x) {
    const n = Math.floor(x * 1.44269504088896341 + 0.5);
    const r = (x - n * 0.693359375) + n * 2.1219444e-4;
    let p = 1.98756915e-4;
    p = p * r + 1.3981999507e-3;
    p = p * r + 8.3334519073e-3;
    p = p * r + 4.1665795894e-2;
    p = p * r + 1.6666665459e-1;
    p = p * r + 5.0000001201e-1;
    p = p * r * r + r + 1.0;
    const half = Math.floor(n * 0.5);
    return p * Math.pow(2.0, half) * Math.pow(2.0, n - half);
  }`,
  `function logarithm(x) {
    if (x > 0.70710678 && x < 1.41421356) {
      const m = x - 1.0;
      let p = 7.0376836292e-2;
      p = p * m - 1.151461031e-1;
      p = p * m + 1.167699874e-1;
      p = p * m - 1.2420140846e-1;
      p = p * m + 1.4249322787e-1;
      p = p * m - 1.6668057665e-1;
      p = p * m + 2.0000714765e-1;
      p = p * m - 2.4999993993e-1;
      p = p * m + 3.3333331174e-1;
      return m + (p * m * m * m - 0.5 * m * m);
    }
    return Math.log(x);
  }`,
];

/** Statements that divide whole numbers below 2^24 exactly, also where the division itself is not: `quotient` and `remainder` of `x / n`. */
export const divide = (x: string, n: string, quotient: string, remainder: string): string => `
    let ${quotient} = Math.floor(${x} / ${n});
    let ${remainder} = ${x} - ${quotient} * ${n};
    if (${remainder} >= ${n}) { ${quotient} = ${quotient} + 1; ${remainder} = ${remainder} - ${n}; }
    if (${remainder} < 0) { ${quotient} = ${quotient} - 1; ${remainder} = ${remainder} + ${n}; }`;

/**
 * Read an operand for each element of the result and compute with them.
 *
 * Arguments: operands, then the sizes of all axes but the first, then for each strided operand its start and its strides.
 */
export function elementwiseSource(op: OpName, access: readonly Access[], rank: number, expressions: Expressions): string {
  const names = ['x', 'y', 'z'].slice(0, access.length);
  const strided = access.some((a) => a === 'strided');
  const sizes = strided ? Array.from({ length: rank - 1 }, (_, axis) => `n${axis + 1}`) : [];
  const walks = access.flatMap((a, i) =>
    a === 'strided' ? [`start${i}`, ...Array.from({ length: rank }, (_, axis) => `step${i}_${axis}`)] : [],
  );
  const lines = ['const i = this.thread.x;'];
  if (strided) {
    let rest = 'i';
    for (let axis = rank - 1; axis >= 1; axis--) {
      lines.push(divide(rest, `n${axis}`, `q${axis}`, `c${axis}`));
      rest = `q${axis}`;
    }
    lines.push(`const c0 = ${rest};`);
  }
  access.forEach((a, i) => {
    const at = Array.from({ length: rank }, (_, axis) => `c${axis} * step${i}_${axis}`).join(' + ');
    const value = { number: `a${i}`, one: `a${i}[0]`, same: `a${i}[i]`, strided: `a${i}[start${i} + ${at}]` }[a];
    lines.push(`const ${names[i]} = ${value};`);
  });
  if (op === 'where') lines.push('if (x !== 0) { return y; }', 'return z;');
  else if (op === 'gt') lines.push('if (x > y) { return 1; }', 'return 0;');
  else lines.push(`return ${expressions[op] ?? 'x'};`);
  return `function (${[...access.map((_, i) => `a${i}`), ...sizes, ...walks].join(', ')}) {
    ${lines.join('\n    ')}
  }`;
}

/**
 * Reduce the middle axis of `[outer, count, inner]`, ascending. Arguments: the tensor, `count`, `inner`.
 */
export function reduceSource(op: 'sum' | 'reduceMax'): string {
  const first = op === 'sum' ? 'let total = 0.0;' : 'let total = a[at];';
  const next = op === 'sum' ? 'Math.fround(total + a[at])' : 'Math.max(total, a[at])';
  return `function (a, count, inner) {
    const i = this.thread.x;
    ${divide('i', 'inner', 'outer', 'rest')}
    let at = outer * count * inner + rest;
    ${first}
    for (let k = 0; k < count; k++) {
      total = ${next};
      at = at + inner;
    }
    return total;
  }`;
}

/** `[batches, M, K] x [batches, K, N]`, adding over K in ascending order. Arguments: both tensors, M, K, N. */
export const MATMUL: string = `function (a, b, m, k, n) {
    const i = this.thread.x;
    ${divide('i', 'n', 'row', 'column')}
    ${divide('row', 'm', 'batch', 'unused')}
    let left = row * k;
    let right = batch * k * n + column;
    let total = 0.0;
    for (let j = 0; j < k; j++) {
      total = Math.fround(total + Math.fround(a[left] * b[right]));
      left = left + 1;
      right = right + n;
    }
    return total;
  }`;

/**
 * x^T g over all steps, the last one first: `[T, R, M]` and `[T, R, N]` to `[M, N]`. Arguments: both tensors, M, N, T, R.
 */
export const TRANSPOSED_MATMUL: string = `function (a, b, m, n, steps, rows) {
    const i = this.thread.x;
    ${divide('i', 'n', 'row', 'column')}
    let total = 0.0;
    for (let t = 0; t < steps; t++) {
      let r = (steps - 1 - t) * rows;
      for (let j = 0; j < rows; j++) {
        total = Math.fround(total + Math.fround(a[r * m + row] * b[r * n + column]));
        r = r + 1;
      }
    }
    return total;
  }`;

/**
 * Join pieces `[outer, size, inner]` along the middle axis. Arguments: the pieces, each one's elements `size * inner` before the next outer index.
 */
export function concatSource(count: number): string {
  const lines = ['const i = this.thread.x;', divide('i', 'total', 'outer', 'rest')];
  for (let p = 0; p < count - 1; p++) lines.push(`if (rest < n${p}) { return a${p}[outer * n${p} + rest]; }`, `rest = rest - n${p};`);
  lines.push(`return a${count - 1}[outer * n${count - 1} + rest];`);
  const list = (name: string): string => Array.from({ length: count }, (_, p) => `${name}${p}`).join(', ');
  return `function (${list('a')}, ${list('n')}, total) {
    ${lines.join('\n    ')}
  }`;
}
