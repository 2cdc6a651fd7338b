/** Walking several arrays in step: broadcasting reduced to a double loop at changing offsets. */

/** Row-major strides of `shape`, aligned to the axes of `out`: 0 where the shape is stretched. */
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

/** An axis with the step that each operand takes along it. */
interface Loop {
  size: number;
  steps: number[];
}

/** Axes of size 1 dropped, neighbours merged where every operand walks them as one. */
function mergeAxes(out: readonly number[], strides: readonly (readonly number[])[]): Loop[] {
  const loops: Loop[] = [];
  out.forEach((size, axis) => {
    if (size === 1) return;
    const steps = strides.map((s) => s[axis]);
    const last = loops[loops.length - 1];
    if (last?.steps.every((step, k) => step === steps[k] * size)) {
      last.size *= size;
      last.steps = steps;
    } else loops.push({ size, steps });
  });
  return loops;
}

/** Double loop: `rows x columns` output elements at `at`, and per operand its start and its steps per row and per column. */
export type Block = (
  at: number,
  rows: number,
  columns: number,
  starts: readonly number[],
  rowSteps: readonly number[],
  columnSteps: readonly number[],
) => void;

/** Cover a row-major output of shape `out` by double loops, in ascending order. */
export function forEachBlock(out: readonly number[], strides: readonly (readonly number[])[], block: Block): void {
  const loops = mergeAxes(out, strides);
  const still = strides.map(() => 0);
  const inner = loops.pop() ?? { size: 1, steps: still };
  const middle = loops.pop() ?? { size: 1, steps: still };
  const index = loops.map(() => 0);
  const starts = strides.map(() => 0);
  let at = 0;
  for (;;) {
    block(at, middle.size, inner.size, starts, middle.steps, inner.steps);
    at += middle.size * inner.size;
    let axis = loops.length - 1;
    for (; axis >= 0; axis--) {
      const { size, steps } = loops[axis];
      const wrap = ++index[axis] === size;
      for (let k = 0; k < starts.length; k++) starts[k] += wrap ? -steps[k] * (size - 1) : steps[k];
      if (!wrap) break;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
