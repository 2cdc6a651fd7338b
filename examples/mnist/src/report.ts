/** The report of a run as one HTML file. */
import { confusionMatrix, greyImage, htmlReport, lineChart, membraneTraces, type ReportSection, spikeRaster } from '@snn/viz';
import type { Outcome } from './job.ts';
import { RECIPE } from './network.ts';
import type { Observation } from './observe.ts';
import type { Options } from './options.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
export const integer = (x: number): string => Math.round(x).toLocaleString('en-US');
export const duration = (seconds: number): string =>
  seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

/** Mean over a window that ends at each step: single batches are too noisy to read. */
function smooth(values: readonly number[], window: number): number[] {
  let sum = 0;
  return values.map((value, i) => {
    sum += value - (i >= window ? values[i - window] : 0);
    return sum / Math.min(i + 1, window);
  });
}

function results({ test, testSeconds, training, work, interrupted }: Outcome): ReportSection {
  const share = work.synapticOperations / work.denseOperations;
  return {
    title: 'Results',
    ...(interrupted ? { paragraphs: ['The run was interrupted; what it had learnt by then was kept and tested on few images.'] } : {}),
    tables: [
      {
        caption: 'Test',
        head: ['Measure', 'Value'],
        rows: [
          ['Accuracy', percent(test.accuracy)],
          ['Loss', test.loss.toFixed(4)],
          ['Images', integer(test.samples)],
          ['Time', duration(testSeconds)],
        ],
      },
      {
        caption: 'Training',
        head: ['Measure', 'Value'],
        rows: [
          ['Steps', integer(training.steps)],
          ['Accuracy in the last epoch', percent(training.accuracy)],
          ['Loss in the last epoch', training.loss.toFixed(4)],
          ['Time', duration(training.seconds)],
        ],
      },
      {
        caption: 'Work per test image, all steps',
        head: ['Measure', 'Value'],
        rows: [
          ['Spikes of pixels', integer(work.inputSpikes)],
          ['Spikes of neurons', integer(work.spikes)],
          ['Synaptic operations (additions)', integer(work.synapticOperations)],
          ['Dense multiply-adds', integer(work.denseOperations)],
          ['Share', percent(share)],
        ],
      },
    ],
  };
}

function curves({ steps }: Outcome): ReportSection {
  const window = Math.max(1, Math.round(steps.length / 50));
  const chart = (y: string, values: readonly number[], yRange?: readonly [number, number]): string =>
    lineChart({
      title: `Training ${y}`,
      x: 'training step',
      y,
      series: [
        { name: 'each batch', points: window === 1 ? [] : values.map((value, i) => [i + 1, value]), quiet: true },
        {
          name: window === 1 ? 'each batch' : `mean of ${window} batches`,
          points: smooth(values, window).map((value, i) => [i + 1, value]),
        },
      ],
      ...(yRange ? { yRange } : {}),
    });
  return {
    title: 'Learning',
    figures: [
      {
        svg: chart(
          'loss',
          steps.map((step) => step.loss),
        ),
        caption: 'Cross-entropy of the spike counts; grey: each batch.',
      },
      {
        svg: chart(
          'accuracy',
          steps.map((step) => step.accuracy),
          [0, 1],
        ),
        caption: 'Share of right predictions in the batch.',
      },
      {
        svg: chart(
          'spikes per neuron',
          steps.map((step) => step.spikesPerNeuron ?? Number.NaN),
        ),
        caption: 'Spikes per neuron and image, both layers.',
      },
    ],
  };
}

function confusion({ test }: Outcome): ReportSection {
  const classes = test.confusion.map((_, i) => String(i));
  const svg = confusionMatrix({ title: 'Confusion matrix', classes, counts: test.confusion.flat() });
  return { title: 'Confusion', figures: [{ svg, caption: 'Number of test images; the diagonal is right.' }] };
}

function digit({ index, label, predicted, pixels, hidden, output }: Observation, steps: number): ReportSection {
  const side = Math.sqrt(pixels.length);
  const verdict = predicted === label ? 'right' : 'wrong';
  return {
    title: `Test image ${index}: a ${label}, taken for a ${predicted} (${verdict})`,
    figures: [
      { svg: greyImage({ title: `A ${label}`, rows: side, columns: side, pixels }), caption: 'The image.' },
      {
        svg: spikeRaster({ title: 'Spikes of the output neurons', steps, neurons: output.neurons, spikes: output.spikes }),
        caption: 'One neuron per class; the one with the most spikes is the prediction.',
      },
      {
        svg: membraneTraces({
          title: 'Membranes of the output neurons',
          steps,
          neurons: output.neurons,
          values: output.membranes,
          highlight: [...new Set([label, predicted])],
          threshold: RECIPE.threshold,
        }),
        caption: 'After the reset of each step; a spike lowers its membrane by the threshold.',
      },
      {
        svg: spikeRaster({ title: 'Spikes of the hidden neurons', steps, neurons: hidden.neurons, spikes: hidden.spikes }),
        caption: 'Hidden layer.',
      },
    ],
  };
}

function configuration({ backend }: Outcome, options: Options, versions: string): ReportSection {
  const { epochs, hidden, steps, batch, seed, subset } = options;
  return {
    title: 'Configuration',
    tables: [
      {
        caption: 'What ran',
        head: ['Setting', 'Value'],
        rows: [
          [
            'Network',
            `${RECIPE.pixels}-${hidden}-${RECIPE.classes} leaky integrate-and-fire, beta ${RECIPE.beta}, threshold ${RECIPE.threshold}`,
          ],
          ['Code', `rate (Bernoulli), ${steps} time steps; prediction by spike count`],
          ['Surrogate', `triangle of width ${RECIPE.width}`],
          ['Loss', 'cross-entropy of spike counts'],
          ['Optimiser', `Adam, rate ${RECIPE.rate} falling to ${RECIPE.endRate} along a cosine`],
          ['Epochs', String(epochs)],
          ['Images per step', String(batch)],
          ['Seed', String(seed)],
          ['Training images', subset === null ? 'all' : `the first ${subset}`],
          ['Backend', backend],
          ['Runtime', versions],
        ],
      },
    ],
  };
}

/** A self-contained HTML document. */
export const report = (outcome: Outcome, options: Options, versions: string): string =>
  htmlReport({
    title: `MNIST: ${percent(outcome.test.accuracy)} of ${integer(outcome.test.samples)} test images`,
    sections: [
      results(outcome),
      curves(outcome),
      confusion(outcome),
      ...outcome.observations.map((one) => digit(one, options.steps)),
      configuration(outcome, options, versions),
    ],
  });
