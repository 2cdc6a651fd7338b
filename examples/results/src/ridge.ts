/** Ridge regression in doubles: the weights w that make |X w - y|^2 + strength |w|^2 smallest. */
import { argumentError } from '@snn/core';

/**
 * The weights, `[columns]`, by the normal equations and their Cholesky factor.
 *
 * @param rows `[samples][columns]`
 * @param targets `[samples]`
 * @throws an `argument` error when the columns depend on each other and `strength` is too small to tell them apart.
 */
export function ridge(rows: readonly ArrayLike<number>[], targets: ArrayLike<number>, strength: number): Float64Array {
  const size = rows[0].length;
  const matrix = Array.from({ length: size }, (_, i) => new Float64Array(i + 1));
  const weights = new Float64Array(size);
  rows.forEach((row, sample) => {
    for (let i = 0; i < size; i++) {
      if (row[i] === 0) continue;
      weights[i] += row[i] * targets[sample];
      for (let j = 0; j <= i; j++) matrix[i][j] += row[i] * row[j];
    }
  });
  for (let i = 0; i < size; i++) {
    matrix[i][i] += strength;
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= matrix[i][k] * matrix[j][k];
      if (i !== j) matrix[i][j] = sum / matrix[j][j];
      else if (sum > 0) matrix[i][i] = Math.sqrt(sum);
      else throw argumentError(`ridge: column ${i} cannot be told apart from those before it; make strength larger than ${strength}.`);
    }
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) weights[i] -= matrix[i][k] * weights[k];
    weights[i] /= matrix[i][i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) weights[i] -= matrix[k][i] * weights[k];
    weights[i] /= matrix[i][i];
  }
  return weights;
}
