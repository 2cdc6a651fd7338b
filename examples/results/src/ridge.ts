/** Ridge regression in doubles: the weights w that make |X w - y|^2 + strength |w|^2 smallest. */
import { argumentError } from '@snn/core';

/**
 * The weights, `[columns]`, by a Cholesky factor: of X'X + strength, or of XX' + strength where there are fewer rows than columns.
 *
 * @param rows `[samples][columns]`
 * @param targets `[samples]`
 * @throws an `argument` error when the columns depend on each other and `strength` is too small to tell them apart.
 */
export function ridge(rows: readonly ArrayLike<number>[], targets: ArrayLike<number>, strength: number): Float64Array {
  const columns = rows[0].length;
  if (rows.length < columns) {
    const dual = solve(
      rows.map((row, i) => Float64Array.from({ length: i + 1 }, (_, j) => dot(row, rows[j]))),
      Float64Array.from(targets),
      strength,
    );
    const weights = new Float64Array(columns);
    for (const [sample, row] of rows.entries()) for (let i = 0; i < columns; i++) weights[i] += row[i] * dual[sample];
    return weights;
  }
  const matrix = Array.from({ length: columns }, (_, i) => new Float64Array(i + 1));
  const right = new Float64Array(columns);
  for (const [sample, row] of rows.entries()) {
    for (let i = 0; i < columns; i++) {
      if (row[i] === 0) continue;
      right[i] += row[i] * targets[sample];
      for (let j = 0; j <= i; j++) matrix[i][j] += row[i] * row[j];
    }
  }
  return solve(matrix, right, strength);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** (matrix + strength) x = right, in place: a symmetric matrix, of which the lower triangle is given and overwritten. */
function solve(matrix: readonly Float64Array[], right: Float64Array, strength: number): Float64Array {
  const size = right.length;
  for (let i = 0; i < size; i++) {
    const row = matrix[i];
    row[i] += strength;
    for (let j = 0; j <= i; j++) {
      const other = matrix[j];
      let sum = row[j];
      for (let k = 0; k < j; k++) sum -= row[k] * other[k];
      if (i !== j) row[j] = sum / other[j];
      else if (sum > 0) row[i] = Math.sqrt(sum);
      else
        throw argumentError(`ridge: row or column ${i} cannot be told apart from those before it; make strength larger than ${strength}.`);
    }
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) right[i] -= matrix[i][k] * right[k];
    right[i] /= matrix[i][i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) right[i] -= matrix[k][i] * right[k];
    right[i] /= matrix[i][i];
  }
  return right;
}
