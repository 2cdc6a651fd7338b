/**
 * gpu.js source of the operations. A source holds an operation and how its operands are walked, never a size: sizes and strides are arguments,
 * so the same kernel serves all shapes.
 *
 * `Math.fround` keeps one rounding for each operation where gpu.js computes in double precision; in shaders it is the identity.
 */
import type { OpName } from '@snn/core';

/** How an operand is read: a plain number, a tensor of one element, one that lies like the result, or one with strides. */
export type Access = 'number' | 'one' | 'same' | 'strided';

/** Elementwise operations as expressions of x, y and z. */
export const EXPRESSIONS: Readonly<Partial<Record<OpName, string>>> = {
  add: 'Math.fround(x + y)',
  sub: 'Math.fround(x - y)',
  mul: 'Math.fround(x * y)',
  div: 'Math.fround(x / y)',
  max: 'Math.max(x, y)',
  exp: 'Math.fround(Math.exp(x))',
  log: 'Math.fround(Math.log(x))',
  sqrt: 'Math.fround(Math.sqrt(x))',
  floor: 'Math.floor(x)',
};

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
export function elementwiseSource(op: OpName, access: readonly Access[], rank: number): string {
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
  else lines.push(`return ${EXPRESSIONS[op] ?? 'x'};`);
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
