/** Matrix products in WGSL: a thread computes 4 x 4 elements, so that each number that it reads is used four times. */
import type { DeviceValue } from './gpu-js.ts';
import type { WebGpuBuffer } from './web-gpu-buffer.ts';
import type { WebGpuRunner } from './web-gpu-runner.ts';

/** Elements of a workgroup's tile along each axis: 8 threads of 4 elements. */
const TILE = 32;

/** A product of `[batches, M, K]` and `[batches, K, N]`; the left one lies transposed, `[batches, K, M]`, if `transposed`. */
export interface Product {
  readonly batches: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

const rows = [0, 1, 2, 3];

/** Adds over K in ascending order. Numbers: M, K, N, steps of the left operand from row to row and from term to term. */
const SOURCE = `@group(0) @binding(0) var<uniform> numbers : array<vec4<i32>, 2>;
@group(0) @binding(1) var<storage, read> a : array<f32>;
@group(0) @binding(2) var<storage, read> b : array<f32>;
@group(0) @binding(3) var<storage, read_write> result : array<f32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  let m = numbers[0].x;
  let k = numbers[0].y;
  let n = numbers[0].z;
  let term = numbers[1].x;
  let column = i32(id.x) * 4;
  let row = i32(id.y) * 4;
  if (column >= n || row >= m) { return; }
  // threads at the border compute its last elements more than once, and write them once
  let columns = min(vec4<i32>(column, column + 1, column + 2, column + 3), vec4<i32>(n - 1));
  var left = i32(id.z) * m * k + min(vec4<i32>(row, row + 1, row + 2, row + 3), vec4<i32>(m - 1)) * numbers[0].w;
  var right = i32(id.z) * k * n + columns;
${rows.map((r) => `  var sum${r} = vec4<f32>(0.0);\n`).join('')}  for (var j = 0; j < k; j++) {
    let y = vec4<f32>(b[right.x], b[right.y], b[right.z], b[right.w]);
${rows.map((r) => `    sum${r} += a[left[${r}]] * y;\n`).join('')}    left += vec4<i32>(term);
    right += vec4<i32>(n);
  }
  let at = i32(id.z) * m * n + row * n + column;
${rows
  .flatMap((r) => rows.map((c) => `  if (row + ${r} < m && column + ${c} < n) { result[at + ${r} * n + ${c}] = sum${r}[${c}]; }\n`))
  .join('')}}
`;

/** Whether the device can launch a product in one piece. */
export const fits = (runner: WebGpuRunner, { batches, m, n }: Product): boolean =>
  Math.max(batches, Math.ceil(m / TILE), Math.ceil(n / TILE)) <= runner.mostGroups;

/** Multiply. */
export const multiply = (runner: WebGpuRunner, arrays: readonly DeviceValue[], product: Product): Promise<WebGpuBuffer> => {
  const { batches, m, k, n, transposed } = product;
  return runner.run({
    source: SOURCE,
    arrays,
    numbers: [m, k, n, transposed ? 1 : k, transposed ? m : 1],
    length: batches * m * n,
    groups: [Math.ceil(n / TILE), Math.ceil(m / TILE), batches],
  });
};
