/** Membrane potentials over time. */
import { argumentError } from '@snn/core';
import { lineChart } from './line-chart.ts';

/** What membrane traces show. */
export interface MembraneTraces {
  readonly title: string;
  readonly steps: number;
  readonly neurons: number;
  /** Potentials, `[steps, neurons]` row-major. */
  readonly values: ArrayLike<number>;
  /** Neurons drawn in colour and named; the others are thin and grey. */
  readonly highlight: readonly number[];
  /** Drawn as a line across. */
  readonly threshold?: number;
}

/**
 * An SVG line chart of the potentials.
 *
 * @throws an `argument` error when the number of values is not steps * neurons.
 */
export function membraneTraces({ title, steps, neurons, values, highlight, threshold }: MembraneTraces): string {
  if (values.length !== steps * neurons)
    throw argumentError(`membraneTraces: ${steps} steps of ${neurons} neurons need ${steps * neurons} values, but ${values.length} came.`);
  const order = [
    ...highlight.filter((i) => Number.isInteger(i) && i >= 0 && i < neurons),
    ...Array.from({ length: neurons }, (_, i) => i).filter((i) => !highlight.includes(i)),
  ];
  return lineChart({
    title,
    x: 'time step',
    y: 'membrane potential',
    series: order.map((i) => ({
      name: `neuron ${i}`,
      points: Array.from({ length: steps }, (_, t) => [t, values[t * neurons + i]] as const),
      quiet: !highlight.includes(i),
    })),
    marks: threshold === undefined ? [] : [{ name: 'threshold', y: threshold }],
  });
}
