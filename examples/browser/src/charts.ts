// What is drawn: curves of the training, and what a digit does to the network.

import { greyImage, lineChart, membraneTraces, spikeRaster } from '@snn/viz';
import { RECIPE } from '../../mnist/src/network.ts';
import type { Observation } from '../../mnist/src/observe.ts';
import { element } from './element.ts';

/** Curves of a training so far. */
export interface Curves {
  /** One value for each step. */
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  /** Share of right answers on test images, after some steps. */
  readonly tests: readonly (readonly [step: number, accuracy: number])[];
}

/** Single batches are too noisy to read: the mean over so many. */
const WINDOW = 10;

const draw = (id: string, svg: string): void => {
  element(id).innerHTML = svg;
};

const points = (values: readonly number[]): (readonly [number, number])[] => values.map((value, i) => [i + 1, value] as const);

/** Mean over the window that ends with the value number `last`. */
export function recent(values: readonly number[], last: number = values.length - 1): number {
  const window = values.slice(Math.max(0, last + 1 - WINDOW), last + 1);
  return window.reduce((sum, x) => sum + x, 0) / window.length;
}

/** Draw loss and accuracy. */
export function showCurves({ losses, accuracies, tests }: Curves): void {
  const curves = (values: readonly number[]): { name: string; points: (readonly [number, number])[]; quiet?: boolean }[] => [
    { name: 'each batch', points: points(values), quiet: true },
    { name: `training, mean of ${WINDOW} batches`, points: points(values.map((_, i) => recent(values, i))) },
  ];
  draw('loss-chart', lineChart({ title: 'Loss', x: 'step', y: 'cross-entropy', series: curves(losses) }));
  draw(
    'accuracy-chart',
    lineChart({
      title: 'Right answers',
      x: 'step',
      y: 'share',
      yRange: [0, 1],
      series: [...curves(accuracies), { name: 'test images', points: tests }],
    }),
  );
}

/** Spikes of each output neuron. */
function countsOf({ output: { neurons, spikes } }: Observation): number[] {
  const counts = new Array<number>(neurons).fill(0);
  spikes.forEach((z, i) => {
    counts[i % neurons] += z;
  });
  return counts;
}

/** Draw what a digit does to the network: answer, spike counts, rasters, membranes. */
export function showObservation(observation: Observation): void {
  const { hidden, output, pixels, predicted } = observation;
  const steps = output.spikes.length / output.neurons;
  const counts = countsOf(observation);
  const best = counts[predicted];
  element('answer').innerHTML =
    best === 0
      ? 'No output neuron fires: no answer.'
      : `This is a <strong>${predicted}</strong>, say ${best} of ${counts.reduce((sum, n) => sum + n, 0)} spikes.`;
  element('counts').replaceChildren(
    ...counts.map((count, i) => {
      const item = document.createElement('li');
      item.classList.toggle('best', i === predicted && best > 0);
      const bar = document.createElement('span');
      bar.className = 'bar';
      bar.style.setProperty('--share', String(count / steps));
      item.append(String(i), bar, String(count));
      return item;
    }),
  );
  const side = Math.sqrt(pixels.length);
  draw('seen', greyImage({ title: 'The digit as the network sees it', rows: side, columns: side, pixels }));
  draw('output-raster', spikeRaster({ title: 'Spikes of the output neurons', steps, neurons: output.neurons, spikes: output.spikes }));
  draw(
    'membranes',
    membraneTraces({
      title: 'Membranes of the output neurons',
      steps,
      neurons: output.neurons,
      values: output.membranes,
      highlight: [predicted],
      threshold: RECIPE.threshold,
    }),
  );
  draw('hidden-raster', spikeRaster({ title: 'Spikes of the hidden neurons', steps, neurons: hidden.neurons, spikes: hidden.spikes }));
}
