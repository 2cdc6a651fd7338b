/** A classifier with its recipe: trained with `fit`, tested with `evaluate`. */
import { cpu } from '@snn/backend-cpu';
import { createModel, type Dataset, evaluate, fit, type Layer, type Loss, type Optimizer } from '@snn/nn';
import type { Series } from '@snn/viz';
import type { Measured, Wanted } from '../evidence.ts';

/** How a network is trained and tested. */
export interface Recipe {
  readonly network: Layer;
  readonly train: Dataset;
  readonly test: Dataset;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly epochs: number;
  /** Path of the layer of neurons whose rate is reported, as in `layers[1]`. */
  readonly hidden: string | null;
}

/** Points of the curve of a whole run. */
const POINTS = 100;

/** Means over `width` values in a row, at the number of the last one. A rest that is shorter counts as one. */
function smoothed(name: string, values: readonly number[], width: number): Series {
  const points: [number, number][] = [];
  for (let start = 0; start < values.length; start += width) {
    const part = values.slice(start, start + width);
    points.push([start + part.length, part.reduce((sum, y) => sum + y, 0) / part.length]);
  }
  return { name, points };
}

/** Train and test; the score is the accuracy on `test`. */
export async function classify(recipe: Recipe, { seed, progress }: Wanted): Promise<Measured> {
  const { network, train, test, loss, optimizer, batchSize, epochs, hidden } = recipe;
  const model = await createModel(network, { backend: await cpu(), seed });
  const accuracies: number[] = [];
  const training = await fit(model, train, {
    loss,
    optimizer,
    batchSize,
    epochs,
    callbacks: [
      {
        onStep(report) {
          accuracies.push(report.accuracy);
          progress(`epoch ${report.epoch}, step ${report.step} of ${report.steps}, loss ${report.loss.toFixed(3)}`);
        },
      },
    ],
  });
  progress('testing');
  const tested = await evaluate(model, test, { loss, batchSize });
  const { executedBy } = model;
  model.dispose();
  return {
    score: tested.accuracy,
    curves: [smoothed('training accuracy', accuracies, Math.ceil(accuracies.length / POINTS))],
    details: {
      iterations: training.steps,
      'training accuracy of the last epoch': training.accuracy,
      ...(hidden === null ? {} : { 'spikes per hidden neuron and sample': tested.spikes[hidden] }),
    },
    executedBy,
  };
}
