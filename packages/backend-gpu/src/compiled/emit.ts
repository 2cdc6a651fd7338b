/**
 * Kernels as gpu.js source. A gpu.js kernel computes one number per thread, so a kernel with several results and states packs them into one
 * output, and the thread of step t goes through the steps before it by itself: `chunk` steps per kernel, `chunk` = 1 for no repetition.
 *
 * The output of a kernel of K results and S states over N elements is `[K, chunk, N]` and behind it `[S, N]`.
 */
import type { KernelOp, KernelRef, KernelSpec } from '@snn/compile/wasm';
import type { OpName } from '@snn/core';
import { divide, type Expressions } from '../sources.ts';

/** A number as text that is a float32 in any of gpu.js' languages. */
function literal(x: number): string {
  const value = Math.fround(x);
  if (value === Infinity) return 'Infinity';
  if (value === -Infinity) return '(-Infinity)';
  const text = String(Math.abs(value));
  const sign = value < 0 || Object.is(value, -0);
  const float = /[.e]/.test(text) ? text : `${text}.0`;
  return sign ? `(-${float})` : float;
}

const refOf = (ref: KernelRef): string => (typeof ref === 'number' ? literal(ref) : ref);

/** An operation as statements that define its name. */
function statement(expressions: Expressions, name: string, op: KernelOp, inputs: readonly KernelRef[]): string {
  const [x, y, z] = inputs.map(refOf);
  if (op === 'gt') return `let ${name} = 0.0; if (${x} > ${y}) { ${name} = 1.0; }`;
  if (op === 'where') return `let ${name} = ${z}; if (${x} !== 0.0) { ${name} = ${y}; }`;
  const text = (expressions[op as OpName] as string).replace(/\b[xy]\b/g, (operand) => (operand === 'x' ? x : y));
  return `const ${name} = ${text};`;
}

/**
 * The kernel's source.
 *
 * Arguments: one array for each stream, fixed operand and scalar (or, if `pooled`, one array for all of them), the array of all states if there
 * are any, the start in its array of each of them in this order, the element step of each stream, then N and `chunk`.
 */
export function chunkSource(spec: KernelSpec, expressions: Expressions, pooled: boolean, reversed: boolean): string {
  const operands = [...spec.streams, ...spec.fixed, ...spec.scalars];
  const array = (i: number): string => (pooled ? 'pool' : `a${i}`);
  const arrays = pooled ? ['pool'] : operands.map((_, i) => array(i));
  const states = spec.states.length > 0 ? ['states'] : [];
  const starts = [...operands, ...states].map((_, i) => `start${i}`);
  const steps = spec.streams.map((_, i) => `step${i}`);
  const results = spec.results.length;
  const first = operands.length - spec.scalars.length;
  const pick = [...spec.results, ...spec.states.map(({ next }) => next)]
    .map((ref, k) => `if (which === ${k}) { out = ${refOf(ref)}; }`)
    .join(' ');
  return `function (${[...arrays, ...states, ...starts, ...steps, 'n', 'chunk'].join(', ')}) {
    const i = this.thread.x;
    ${divide('i', 'n', 'slot', 'e')}
    ${divide('slot', 'chunk', 'which', 'row')}
    let last = ${reversed ? 'chunk - 1 - row' : 'row'};
    if (which >= ${results}) {
      which = ${results} + slot - ${results} * chunk;
      last = chunk - 1;
    }
    ${spec.fixed.map((name, k) => `const ${name} = ${array(spec.streams.length + k)}[start${spec.streams.length + k} + e];`).join('\n    ')}
    ${spec.scalars.map((name, k) => `const ${name} = ${array(first + k)}[start${first + k}];`).join('\n    ')}
    ${spec.states.map(({ name }, k) => `let ${name} = states[start${operands.length} + ${k} * n + e];`).join('\n    ')}
    let out = 0.0;
    for (let t = 0; t <= last; t++) {
      ${spec.streams.map((name, k) => `const ${name} = ${array(k)}[start${k} + t * step${k} + e];`).join('\n      ')}
      ${spec.operations.map(({ name, op, inputs }) => statement(expressions, name, op, inputs)).join('\n      ')}
      if (t === last) { ${pick} }
      ${spec.states.map(({ next }, k) => `const next${k} = ${refOf(next)};`).join('\n      ')}
      ${spec.states.map(({ name }, k) => `${name} = next${k};`).join('\n      ')}
    }
    return out;
  }`;
}
