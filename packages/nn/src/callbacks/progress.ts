/** Progress of training for people: one live line on a terminal, an occasional line anywhere else. */
import { checkNames } from '@snn/core';
import { seconds, terminal, writeLine } from '../host.ts';
import type { Callback, EpochReport, StepReport } from './callback.ts';

/** Options of `progress`. */
export interface ProgressOptions {
  /** Receives finished text. Default: the terminal, or else the console line by line. */
  readonly write?: (text: string) => void;
  /** Whether the text is a line that overwrites itself (carriage returns, no line ends until it is done). Default: whether there is a terminal. */
  readonly live?: boolean;
  /** Seconds between updates. Default 0.1 when live, else 10. */
  readonly every?: number;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function stepLine(report: StepReport): string {
  const { epoch, epochs, step, steps, loss, accuracy, samplesPerSecond, spikesPerNeuron } = report;
  const spikes = spikesPerNeuron === null ? '' : `  ${spikesPerNeuron.toFixed(2)} spikes/neuron`;
  return `epoch ${epoch}/${epochs}  step ${step}/${steps}  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}  ${samplesPerSecond.toFixed(0)} samples/s${spikes}`;
}

function epochLine(report: EpochReport): string {
  const { epoch, epochs, loss, accuracy, seconds: time, samplesPerSecond, validation } = report;
  const checked = validation === null ? '' : `  validation loss ${validation.loss.toFixed(4)}  accuracy ${percent(validation.accuracy)}`;
  return `epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}${checked}  ${time.toFixed(1)} s, ${samplesPerSecond.toFixed(0)} samples/s`;
}

/** A callback that shows how training goes. */
export function progress(options: ProgressOptions = {}): Callback {
  checkNames('progress', options, ['write', 'live', 'every']);
  const stream = options.write ? null : terminal();
  const live = options.live ?? stream !== null;
  const every = options.every ?? (live ? 0.1 : 10);
  const text = options.write ?? (stream ? (line: string) => stream.write(line) : (line: string) => writeLine(line.replace(/\n$/, '')));
  let shown = Number.NEGATIVE_INFINITY;
  let width = 0;
  const line = (content: string, done: boolean): void => {
    // blanks cover what is left of a longer line
    text(live ? `\r${content.padEnd(width)}${done ? '\n' : ''}` : `${content}\n`);
    width = done ? 0 : content.length;
  };
  return {
    onStep(report) {
      const now = seconds();
      if (now - shown < every) return;
      shown = now;
      line(stepLine(report), false);
    },
    onEpoch: (report) => line(epochLine(report), true),
    onEnd(result) {
      if (result.stopped) line(`stopped after ${result.steps} steps; what was learnt is kept`, true);
    },
  };
}
