/** Which class was taken for which. */
import { argumentError } from '@snn/core';
import { COLOURS, coordinate, label, numeral, svg } from './markup.ts';

/** What a confusion matrix shows. */
export interface ConfusionMatrix {
  readonly title: string;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** `counts[true class * classes + predicted class]`, row-major; what is not a positive number counts as 0. */
  readonly counts: ArrayLike<number>;
}

const CELL = 40;
const LEFT = 70;
const TOP = 66;

/**
 * An SVG heat map: rows are true classes, columns predictions, shades the share within the row.
 *
 * @throws an `argument` error when the number of counts is not the square of that of the classes.
 */
export function confusionMatrix({ title, classes, counts }: ConfusionMatrix): string {
  const n = classes.length;
  if (counts.length !== n * n) throw argumentError(`confusionMatrix: ${n} classes need ${n * n} counts, but ${counts.length} came.`);
  const count = (row: number, column: number): number => {
    const x = counts[row * n + column];
    return x > 0 && Number.isFinite(x) ? x : 0;
  };
  const parts = [label(LEFT, 16, title, 'start', ' font-weight="600"'), label(LEFT, 38, 'columns: prediction, rows: true class')];
  let right = 0;
  let total = 0;
  for (let row = 0; row < n; row++) {
    // the largest, not the sum: sums may overflow
    let largest = 0;
    for (let column = 0; column < n; column++) largest = Math.max(largest, count(row, column));
    const share = (column: number): number => count(row, column) / largest;
    let sum = 0;
    for (let column = 0; column < n; column++) sum += largest > 0 ? share(column) : 0;
    const y = TOP + row * CELL;
    parts.push(label(LEFT - 10, y + CELL / 2 + 4, classes[row], 'end'));
    parts.push(label(LEFT + row * CELL + CELL / 2, TOP - 8, classes[row], 'middle'));
    for (let column = 0; column < n; column++) {
      const x = LEFT + column * CELL;
      const cell = `x="${x}" y="${y}" width="${CELL - 1}" height="${CELL - 1}"`;
      parts.push(`<rect ${cell} fill="none" stroke="${COLOURS.grid}"/>`);
      if (count(row, column) === 0) continue;
      const shade = Math.sqrt(share(column) / sum);
      // the middle shades are left out: on them neither dark nor light text reads well
      const opacity = shade < 0.6 ? 0.04 + 0.6 * shade : 0.85 + 0.375 * (shade - 0.6);
      const ink = shade < 0.6 ? 'currentColor' : COLOURS.onHeat;
      parts.push(`<rect ${cell} fill="${COLOURS.heat}" fill-opacity="${coordinate(opacity)}"/>`);
      parts.push(label(x + CELL / 2, y + CELL / 2 + 4, numeral(count(row, column)), 'middle', ` fill="${ink}"`));
      total += count(row, column);
      if (row === column) right += count(row, column);
    }
  }
  const description = total > 0 && Number.isFinite(total) ? `${numeral(right)} of ${numeral(total)} on the diagonal.` : 'No counts.';
  return svg(LEFT + n * CELL + 10, TOP + n * CELL + 10, title, description, parts.join(''));
}
