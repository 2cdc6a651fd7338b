/** Curves over a common axis: loss, accuracy. */
import { COLOURS, coordinate, escapeText, label, numeral, SERIES, svg } from './markup.ts';
import { type Range, rangeOf, scale, ticks, widen } from './scale.ts';

/** One curve. */
export interface Series {
  readonly name: string;
  /** `[x, y]` in drawing order. The line is interrupted where one of the two is not finite. */
  readonly points: readonly (readonly [number, number])[];
  /** Drawn thin and grey, and left out of the legend: a curve among many. */
  readonly quiet?: boolean;
}

/** What a line chart shows. */
export interface LineChart {
  readonly title: string;
  /** Label of the horizontal axis. */
  readonly x: string;
  /** Label of the vertical axis. */
  readonly y: string;
  readonly series: readonly Series[];
  /** Vertical range; what lies outside is drawn at the edge. Default: that of the values. */
  readonly yRange?: Range;
  /** Horizontal lines with a name, such as a threshold. */
  readonly marks?: readonly { readonly name: string; readonly y: number }[];
}

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 62;
const RIGHT = 16;
const TOP = 42;
const BOTTOM = 46;
/** Told apart without colour, too. */
const DASHES = ['none', '8 4', '2 3', '10 3 2 3'] as const;
/** A line of the legend, and what a letter and the sample beside a name take, pixels. */
const LEGEND = { line: 16, letter: 6.5, sample: 42 } as const;

const finite = ([x, y]: readonly [number, number]): boolean => Number.isFinite(x) && Number.isFinite(y);

/**
 * An SVG of the curves with axes, grid and legend. Without a single finite point it says so in place of the axes.
 *
 * @returns a string with one `<svg>` element
 */
export function lineChart({ title, x, y, series, yRange, marks = [] }: LineChart): string {
  const points = series.flatMap((one) => one.points.filter(finite));
  const xs = rangeOf(points.map((point) => point[0]));
  const ys = yRange ?? rangeOf([...points.map((point) => point[1]), ...marks.map((mark) => mark.y)]);
  const heading = label(LEFT, 16, title, 'start', ' font-weight="600"');
  if (xs === null || ys === null || !ys.every(Number.isFinite)) {
    const message = label(WIDTH / 2, HEIGHT / 2, `No finite values to draw (${y} over ${x}).`, 'middle');
    return svg(WIDTH, HEIGHT, title, `${y} over ${x}: no finite values.`, heading + message);
  }

  const loud = series.filter((candidate) => !candidate.quiet);
  const legend = legendPlaces(loud);
  const top = TOP + LEGEND.line * Math.max(0, ...legend.map(({ line }) => line));
  const height = HEIGHT + top - TOP;
  const toX = scale(widen(xs), LEFT, WIDTH - RIGHT);
  const toY = scale(widen(ys), height - BOTTOM, top);
  const parts = [heading];
  for (const tick of ticks(widen(ys), 5)) {
    const at = coordinate(toY(tick));
    parts.push(`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="${COLOURS.grid}" fill="none"/>`);
    parts.push(label(LEFT - 8, toY(tick) + 4, numeral(tick), 'end'));
  }
  for (const tick of ticks(widen(xs), 8)) parts.push(label(toX(tick), height - BOTTOM + 18, numeral(tick), 'middle'));
  parts.push(`<path d="M${LEFT} ${top}V${height - BOTTOM}H${WIDTH - RIGHT}" stroke="currentColor" fill="none"/>`);
  parts.push(label((LEFT + WIDTH - RIGHT) / 2, height - 8, x, 'middle'));
  parts.push(`<text transform="translate(14 ${(top + height - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeText(y)}</text>`);

  // names stand above their lines, or as far down as those of larger marks leave room
  let name = Number.NEGATIVE_INFINITY;
  for (const mark of marks.filter((one) => Number.isFinite(one.y)).toSorted((one, other) => other.y - one.y)) {
    const at = toY(mark.y);
    parts.push(`<path d="M${LEFT} ${coordinate(at)}H${WIDTH - RIGHT}" stroke="${COLOURS.quiet}" stroke-dasharray="4 4" fill="none"/>`);
    name = Math.max(at - 4, name + 12);
    parts.push(label(WIDTH - RIGHT - 4, name, mark.name, 'end'));
  }
  for (const one of series.filter((candidate) => candidate.quiet))
    parts.push(`<path d="${curve(one, toX, toY)}" stroke="${COLOURS.quiet}" stroke-width="1" stroke-opacity="0.6" fill="none"/>`);
  loud.forEach((one, i) => {
    // where colours begin again, dashes are others
    const dash = DASHES[(i + Math.floor(i / SERIES.length)) % DASHES.length];
    const stroke = `stroke="${SERIES[i % SERIES.length]}" stroke-dasharray="${dash}"`;
    parts.push(`<path d="${curve(one, toX, toY)}" ${stroke} stroke-width="2" stroke-linejoin="round" stroke-linecap="round" fill="none"/>`);
    const { left, line } = legend[i];
    parts.push(`<path d="M${coordinate(left)} ${29 + LEGEND.line * line}h24" ${stroke} stroke-width="2" fill="none"/>`);
    parts.push(label(left + 30, 33 + LEGEND.line * line, one.name));
  });

  const description = series
    .filter((one) => !one.quiet)
    .map((one) => {
      const last = one.points.filter(finite).at(-1);
      return last ? `${one.name} ends at ${numeral(last[1])}` : `${one.name} has no finite values`;
    });
  return svg(WIDTH, height, title, `${y} over ${x}. ${description.join('; ')}.`, parts.join(''));
}

/** Where the name of each curve begins: in equal columns of as many as fit beside each other, in lines below each other. */
function legendPlaces(series: readonly Series[]): readonly { readonly left: number; readonly line: number }[] {
  const widest = Math.max(1, ...series.map(({ name }) => LEGEND.sample + LEGEND.letter * name.length));
  const columns = Math.max(1, Math.min(series.length, Math.floor((WIDTH - LEFT - RIGHT) / widest)));
  return series.map((_, i) => ({
    left: LEFT + ((i % columns) * (WIDTH - LEFT - RIGHT)) / columns,
    line: Math.floor(i / columns),
  }));
}

/** Path data; a single point becomes a dot (a line of no length with round ends). */
function curve({ points }: Series, toX: (x: number) => number, toY: (y: number) => number): string {
  let path = '';
  let open = false;
  points.forEach((point, i) => {
    if (finite(point)) {
      const at = `${coordinate(toX(point[0]))} ${coordinate(toY(point[1]))}`;
      const alone = !open && !(i + 1 < points.length && finite(points[i + 1]));
      path += alone ? `M${at}h0` : `${open ? 'L' : 'M'}${at}`;
      open = true;
    } else open = false;
  });
  return path;
}
