/** A small grey image, such as a digit. */
import { argumentError } from '@snn/core';
import { svg } from './markup.ts';

/** What is drawn. */
export interface GreyImage {
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  /** Ink 0 ... 255, `[rows, columns]` row-major; drawn in the colour of the text, so paper is light or dark as the page is. */
  readonly pixels: ArrayLike<number>;
}

const LEVELS = 8;
const PIXEL = 5;

/**
 * An SVG of the image in 8 shades.
 *
 * @throws an `argument` error when the number of pixels is not rows * columns.
 */
export function greyImage({ title, rows, columns, pixels }: GreyImage): string {
  if (pixels.length !== rows * columns)
    throw argumentError(`greyImage: ${rows} rows of ${columns} columns need ${rows * columns} pixels, but ${pixels.length} came.`);
  const paths = new Array<string>(LEVELS + 1).fill('');
  const level = (i: number): number => Math.round((Math.min(255, Math.max(0, pixels[i] || 0)) / 255) * LEVELS);
  for (let row = 0; row < rows; row++) {
    for (let column = 0, start = 0; column < columns; column = start) {
      const shade = level(row * columns + column);
      for (start = column + 1; start < columns && level(row * columns + start) === shade; start++);
      paths[shade] += `M${column} ${row}h${start - column}v1H${column}z`;
    }
  }
  const shades = paths.map((path, i) => (i > 0 && path ? `<path d="${path}" fill-opacity="${i / LEVELS}"/>` : ''));
  // half a line within the image: at its edge it would be cut
  const inner = `x="0.5" y="0.5" width="${Math.max(0, columns * PIXEL - 1)}" height="${Math.max(0, rows * PIXEL - 1)}"`;
  const frame = `<rect ${inner} fill="none" stroke="currentColor" stroke-opacity="0.4"/>`;
  const body = `<g transform="scale(${PIXEL})" shape-rendering="crispEdges">${shades.join('')}</g>${frame}`;
  return svg(columns * PIXEL, rows * PIXEL, title, `${rows} by ${columns} pixels.`, body);
}
