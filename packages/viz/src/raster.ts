/** When which neuron fired. */
import { argumentError } from '@snn/core';
import { coordinate, label, numeral, SERIES, svg } from './markup.ts';
import { scale, ticks } from './scale.ts';

/** What a spike raster shows. */
export interface SpikeRaster {
  readonly title: string;
  readonly steps: number;
  readonly neurons: number;
  /** `[steps, neurons]` row-major; every number that is not 0 (nor NaN) is a spike. */
  readonly spikes: ArrayLike<number>;
}

const WIDTH = 640;
const LEFT = 62;
const RIGHT = 16;
const TOP = 30;
const BOTTOM = 46;

/**
 * An SVG with one mark per spike: time to the right, neuron 0 at the top.
 *
 * @throws an `argument` error when the number of spikes is not steps * neurons.
 */
export function spikeRaster({ title, steps, neurons, spikes }: SpikeRaster): string {
  if (spikes.length !== steps * neurons)
    throw argumentError(`spikeRaster: ${steps} steps of ${neurons} neurons need ${steps * neurons} values, but ${spikes.length} came.`);
  const pitch = Math.min(14, Math.max(1.5, 270 / Math.max(1, neurons)));
  const plot = Math.max(20, pitch * neurons);
  const height = TOP + plot + BOTTOM;
  const heading = label(LEFT, 16, title, 'start', ' font-weight="600"');
  if (spikes.length === 0) {
    const message = label(WIDTH / 2, height / 2, 'No steps or no neurons to draw.', 'middle');
    return svg(WIDTH, height, title, 'No steps or no neurons.', heading + message);
  }
  const toX = scale([0, steps], LEFT, WIDTH - RIGHT);
  // marks of crowded neurons may touch: they must be seen at all
  const length = Math.max(2.5, pitch - 1);
  let marks = '';
  let count = 0;
  for (let t = 0; t < steps; t++) {
    for (let i = 0; i < neurons; i++) {
      const spike = spikes[t * neurons + i];
      if (spike === 0 || spike !== spike) continue;
      count++;
      marks += `M${coordinate(toX(t + 0.5))} ${coordinate(TOP + i * pitch + (pitch - length) / 2)}v${coordinate(length)}`;
    }
  }
  const bottom = coordinate(TOP + plot);
  const parts = [
    heading,
    `<path d="M${LEFT} ${TOP}V${bottom}H${WIDTH - RIGHT}" stroke="currentColor" fill="none"/>`,
    `<path d="${marks}" stroke="${SERIES[0]}" stroke-width="${coordinate(Math.min(3, (0.6 * (WIDTH - LEFT)) / steps))}" fill="none"/>`,
    label((LEFT + WIDTH - RIGHT) / 2, height - 8, 'time step', 'middle'),
    `<text transform="translate(14 ${coordinate(TOP + plot / 2)}) rotate(-90)" text-anchor="middle">neuron</text>`,
  ];
  for (const t of ticks([0, steps - 1], 8).filter(Number.isInteger)) parts.push(label(toX(t + 0.5), TOP + plot + 18, numeral(t), 'middle'));
  const rows = neurons <= 12 ? Array.from({ length: neurons }, (_, i) => i) : ticks([0, neurons - 1], 5).filter(Number.isInteger);
  for (const i of rows) parts.push(label(LEFT - 8, TOP + (i + 0.5) * pitch + 4, numeral(i), 'end'));
  const description = `${count} spikes of ${neurons} neurons in ${steps} steps.`;
  return svg(WIDTH, height, title, description, parts.join(''));
}
