/** What is measured besides the workloads, as Markdown. Pure functions. */
import type { Accuracy, Extras, Peaks, Scaling, Shipped } from './extras.ts';
import { describe, isBusy, type Machine } from './machine.ts';
import type { Results } from './record.ts';
import { markdownTable, short } from './report.ts';
import { roofline } from './roofline.ts';
import { summarize } from './statistics.ts';
import { MODE_TITLES } from './workload.ts';

const percent = (share: number): string => `${short(100 * share)} %`;
const kilobytes = (bytes: number): string => `${short(bytes / 1000)} kB`;
const where = (machine: Machine): string => `${describe(machine)}${isBusy(machine) ? '; **the machine was busy**' : ''}.`;

const SNN = 'snn, bundle';

const accuracyFact = ({ runs, target }: Accuracy): string => {
  const reached = runs.filter((run) => run.reached);
  if (reached.length === 0) return `Accuracy of ${percent(target)} on MNIST (784-128-10): not reached by any of ${runs.length} seeds.`;
  const { median, min, max } = summarize(reached.map(({ seconds }) => seconds));
  return `Time to ${percent(target)} on MNIST (784-128-10, ${runs[0].executedBy}): ${short(median)} s of training, median of ${reached.length} of ${runs.length} seeds that reached it (${short(min)} to ${short(max)} s; ${runs.map(({ accuracies }) => `${accuracies.length} ${accuracies.length === 1 ? 'epoch' : 'epochs'}`).join(', ')}).`;
};

function shippedFact({ bytes, coldStart }: Shipped): string {
  const code = Object.entries(bytes).map(([name, size]) => `${name} ${kilobytes(size.gzip)}`);
  const starts = Object.entries(coldStart).flatMap(([name, time]) =>
    typeof time === 'string' ? [] : [`${name} ${short(time.median)} ms`],
  );
  return `Code to load, gzip: ${code.join('; ')}. From process start to the first step of W5: ${starts.join(', ')}.`;
}

/** One sentence each, for the README. */
export const factsOf = ({ accuracy, shipped }: Extras): readonly string[] => [
  ...(accuracy ? [accuracyFact(accuracy)] : []),
  ...(shipped ? [shippedFact(shipped)] : []),
];

const accuracySection = (accuracy: Accuracy): readonly string[] => [
  '## Time to 97 % on MNIST',
  '',
  where(accuracy.machine),
  '',
  ...markdownTable(
    ['seed', 'test accuracy after each epoch', 'training, s', 'samples/s', 'what ran'],
    accuracy.runs.map(({ seed, accuracies, reached, seconds, samplesPerSecond, executedBy }) => [
      String(seed),
      `${accuracies.map((one) => `${(100 * one).toFixed(2)} %`).join(', ')}${reached ? '' : ' (not reached)'}`,
      short(seconds),
      samplesPerSecond.toFixed(0),
      executedBy,
    ]),
  ),
  '',
];

const shippedSection = ({ machine, bytes, coldStart, parts }: Shipped): readonly string[] => [
  '## Code and cold start',
  '',
  where(machine),
  '',
  ...markdownTable(
    ['bundle', 'minified', 'gzip'],
    Object.entries(bytes).map(([name, size]) => [name, kilobytes(size.bytes), kilobytes(size.gzip)]),
  ),
  '',
  ...markdownTable(
    ['process start to the end of the first step of W5', 'median, ms', 'min - max'],
    Object.entries(coldStart).map(([name, time]) =>
      typeof time === 'string' ? [name, 'not run', time] : [name, short(time.median), `${short(time.min)} - ${short(time.max)}`],
    ),
  ),
  '',
  ...markdownTable(
    [`parts of '${SNN}'`, 'median, ms', 'min - max'],
    Object.entries(parts).map(([name, time]) => [name, short(time.median), `${short(time.min)} - ${short(time.max)}`]),
  ),
  '',
];

function rooflineSection(results: Results, peaks: Peaks): readonly string[] {
  const memory = peaks.triad.map(({ bytes, gbytes }) => `${short(gbytes)} GB/s with arrays of ${short(bytes / 1024)} KiB`);
  return [
    '## Roofline of W1, one thread',
    '',
    where(peaks.machine),
    '',
    `Peaks of 128-bit SIMD in WebAssembly: ${short(peaks.gflops)} GFLOP/s (multiply and add in registers); triad ${memory.join(', ')}. *Done* are the`,
    'additions that spikes leave (or all operations, for dense numbers), without those of the neuron; bytes are those of all arrays, each moved once, and',
    'their share is of the triad with the largest arrays: above 100 % they came from a cache.',
    '',
    ...markdownTable(
      ['case', 'mode', 'as if dense, GFLOP/s', 'done, GFLOP/s', 'of the peak', 'GB/s', 'of memory bandwidth'],
      roofline(results, peaks).map((one) => [
        one.size,
        MODE_TITLES[one.mode],
        short(one.denseGflops),
        short(one.gflops),
        percent(one.ofPeak),
        short(one.gbytes),
        percent(one.ofBandwidth),
      ]),
    ),
    '',
  ];
}

const scalingSection = ({ machine, curves }: Scaling): readonly string[] => [
  '## Cost against size, W1, one thread',
  '',
  where(machine),
  '',
  ...markdownTable(
    ['over', 'mode', 'straight line, ms', 'r2', 'measured, ms'],
    curves.map(({ sweep, expected, mode, intercept, slope, r2, points }) => [
      sweep,
      MODE_TITLES[mode],
      `${short(intercept)} + ${slope.toPrecision(3)} ${expected}`,
      r2.toFixed(4),
      points.map(([value, ms]) => `${value}: ${short(ms)}`).join(', '),
    ]),
  ),
  '',
  [...new Set(curves.map(({ sweep }) => sweep))].map((sweep) => `![time over ${sweep}](scaling-${sweep}.svg)`).join(' '),
  '',
];

/** All sections that there are results for. */
export const extrasSections = ({ accuracy, shipped, peaks, scaling }: Extras, results: Results): readonly string[] => [
  ...(accuracy ? accuracySection(accuracy) : []),
  ...(shipped ? shippedSection(shipped) : []),
  ...(peaks ? rooflineSection(results, peaks) : []),
  ...(scaling ? scalingSection(scaling) : []),
];
