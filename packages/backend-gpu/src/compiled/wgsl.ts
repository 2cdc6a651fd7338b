/**
 * Kernels as WGSL: a thread is an element and goes through all steps, with its states in registers. The output of a kernel of K results and S
 * states over N elements is `[K, T, N]`, in the order of time, and behind it `[S, N]`.
 */
import type { KernelOp, KernelRef, KernelSpec } from '@snn/compile/wasm';

/** Threads of a workgroup. */
export const WORKGROUP = 64;

/** A number as a float32 literal. WGSL has no infinities: the largest number stands for them. */
function literal(ref: KernelRef): string {
  if (typeof ref === 'string') return ref;
  const value = Math.fround(ref);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return Math.abs(value) === Infinity ? `(${sign}0x1.fffffep+127f)` : `(${sign}${Math.abs(value)}f)`;
}

const EXPRESSIONS: Readonly<Record<KernelOp, (x: string, y: string, z: string) => string>> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  max: (x, y) => `max(${x}, ${y})`,
  gt: (x, y) => `select(0.0, 1.0, ${x} > ${y})`,
  where: (x, y, z) => `select(${z}, ${y}, ${x} != 0.0)`,
  exp: (x) => `exponential(${x})`,
  log: (x) => `logarithm(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  floor: (x) => `floor(${x})`,
  round: (x) => `round(${x})`,
  abs: (x) => `abs(${x})`,
};

/** e^x and log x as in `../sources.ts`. */
const FUNCTIONS = `
fn exponential(x : f32) -> f32 {
  let n = floor(x * 1.4426950408889634 + 0.5);
  let r = (x - n * 0.693359375) + n * 2.1219444e-4;
  var p = 1.98756915e-4f;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  p = p * r * r + r + 1.0;
  let half = floor(n * 0.5);
  return p * exp2(half) * exp2(n - half);
}
fn logarithm(x : f32) -> f32 {
  if (x > 0.70710678 && x < 1.41421356) {
    let m = x - 1.0;
    var p = 7.0376836292e-2f;
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
  return log(x);
}`;

/**
 * The kernel's source. Bindings: the numbers below, one array for each stream, fixed operand and scalar (or one for all of them if `pooled`),
 * all states if there are any, and the output. Numbers: N, T, threads of a row of workgroups, then the start of each operand and the element
 * step of each stream.
 */
export function wgslSource(spec: KernelSpec, pooled: boolean, reversed: boolean): string {
  const operands = [...spec.streams, ...spec.fixed, ...spec.scalars];
  const array = (i: number): string => (pooled ? 'pool' : `a${i}`);
  const arrays = [...(pooled ? ['pool'] : operands.map((_, i) => array(i))), ...(spec.states.length > 0 ? ['states'] : [])];
  const number = (k: number): string => `numbers[${k >> 2}][${k & 3}]`;
  const start = (i: number): string => number(3 + i);
  const step = (i: number): string => number(3 + operands.length + i);
  const fixedAt = spec.streams.length;
  const scalarsAt = fixedAt + spec.fixed.length;
  const results = spec.results.length;
  const lines = (list: readonly string[], indent: string): string => list.map((line) => `${indent}${line}\n`).join('');
  return `@group(0) @binding(0) var<uniform> numbers : array<vec4<i32>, ${numberRows(spec)}>;
${lines(
  arrays.map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name} : array<f32>;`),
  '',
)}@group(0) @binding(${arrays.length + 1}) var<storage, read_write> result : array<f32>;
${FUNCTIONS}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  let n = ${number(0)};
  let steps = ${number(1)};
  let e = i32(id.x) + i32(id.y) * ${number(2)};
  if (e >= n) { return; }
${lines(
  [
    ...spec.fixed.map((name, k) => `let ${name} = ${array(fixedAt + k)}[${start(fixedAt + k)} + e];`),
    ...spec.scalars.map((name, k) => `let ${name} = ${array(scalarsAt + k)}[${start(scalarsAt + k)}];`),
    ...spec.states.map(({ name }, k) => `var ${name} = states[${k} * n + e];`),
  ],
  '  ',
)}  for (var t = 0; t < steps; t++) {
    let at = ${reversed ? '(steps - 1 - t)' : 't'} * n + e;
${lines(
  [
    ...spec.streams.map((name, k) => `let ${name} = ${array(k)}[${start(k)} + t * ${step(k)} + e];`),
    ...spec.operations.map(
      ({ name, op, inputs: [x, y = 0, z = 0] }) => `let ${name} = ${EXPRESSIONS[op](literal(x), literal(y), literal(z))};`,
    ),
    ...spec.results.map((ref, k) => `result[${k} * steps * n + at] = ${literal(ref)};`),
    ...spec.states.map(({ next }, k) => `let next${k} = ${literal(next)};`),
    ...spec.states.map(({ name }, k) => `${name} = next${k};`),
  ],
  '    ',
)}  }
${lines(
  spec.states.map(({ name }, k) => `result[${results} * steps * n + ${k} * n + e] = ${name};`),
  '  ',
)}}
`;
}

/** Rows of four numbers that a kernel takes. */
const numberRows = (spec: KernelSpec): number => Math.ceil((3 + 2 * spec.streams.length + spec.fixed.length + spec.scalars.length) / 4);
