/** Walking operands along the axes of a result: strides, and neighbouring axes merged where every operand walks them as one. */

/** Row-major strides of `shape`, aligned to the axes of `out`; 0 where the shape is stretched. */
export function stridesFor(shape: readonly number[], out: readonly number[]): number[] {
  const strides = new Array<number>(out.length).fill(0);
  let stride = 1;
  for (let i = 1; i <= shape.length; i++) {
    const n = shape[shape.length - i];
    if (n !== 1) strides[out.length - i] = stride;
    stride *= n;
  }
  return strides;
}

/** A result's axes as few as they can be, and each operand's strides along them. */
export interface Walk {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Drop axes of size 1 and merge neighbours. At least one axis remains. */
export function mergeAxes(out: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  out.forEach((size, axis) => {
    if (size === 1) return;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((s, k) => merged[k][last] === s[axis] * size)) {
      sizes[last] *= size;
      for (const [k, s] of strides.entries()) merged[k][last] = s[axis];
      return;
    }
    sizes.push(size);
    for (const [k, s] of strides.entries()) merged[k].push(s[axis]);
  });
  if (sizes.length === 0) return { sizes: [1], strides: strides.map(() => [0]) };
  return { sizes, strides: merged };
}
