/** The job: train, test, observe. No files, no command line; says what it does through `say`. */
import { cpu } from '@snn/backend-cpu';
import { foldIn, randomKey, stream } from '@snn/core';
import { type ImageSet, take } from '@snn/data';
import {
  createModel,
  type Evaluation,
  evaluate,
  type FitResult,
  fit,
  jsonLog,
  progress,
  type StepReport,
  type StoredTensor,
} from '@snn/nn';
import { counted, rateCoded } from './data.ts';
import { loss, network, optimizer } from './network.ts';
import { type Observation, observe } from './observe.ts';
import type { Options } from './options.ts';
import { weightsOf } from './weights.ts';
import { type Work, workOf } from './work.ts';

/** What came of a run. */
export interface Outcome {
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly training: FitResult;
  /** One report per training step. */
  readonly steps: readonly StepReport[];
  readonly test: Evaluation;
  readonly testSeconds: number;
  readonly work: Work;
  readonly observations: readonly Observation[];
  /** Whether Ctrl-C ended it. */
  readonly interrupted: boolean;
  /** Name of the backend and what of it ran the network. */
  readonly backend: string;
  /** Lines of JSON. */
  readonly log: readonly string[];
}

/** Images that are tested when the training was interrupted. */
const BRIEF = 1000;

/** Digits that are observed. */
const OBSERVED = 4;

/** Images per batch of the test: the largest result does not depend on it, memory does. */
const TEST_BATCH = 250;

/** Train on `train`, test on `test`. Null when `signal` came before the first step: nothing was learnt. */
export async function job(
  options: Options,
  train: ImageSet,
  test: ImageSet,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome | null> {
  const { epochs, hidden, steps, batch, seed } = options;
  const backend = await cpu();
  const model = await createModel(network(hidden), { backend, seed });
  const samples = rateCoded(options.subset === null ? train : take(train, Math.min(options.subset, train.count)), steps);
  const held = options.subset === null ? test : take(test, Math.min(options.subset, test.count));

  const log: string[] = [JSON.stringify({ event: 'start', ...options, backend: backend.name, samples: samples.size })];
  const reports: StepReport[] = [];
  const training = await fit(model, samples, {
    loss,
    optimizer: optimizer(epochs * Math.ceil(samples.size / batch)),
    epochs,
    batchSize: batch,
    signal,
    callbacks: [progress(), jsonLog((line) => log.push(line)), { onStep: (report) => reports.push(report) }],
  });
  if (training.steps === 0) return null;

  // not `training.stopped`: the signal may have come during the very last step
  const stopped = signal.aborted;
  const tested = stopped ? take(held, Math.min(BRIEF, held.count)) : held;
  say(stopped ? `Interrupted: testing briefly, on ${tested.count} images ...` : `Testing on ${tested.count} images ...`);
  const coded = counted(rateCoded(tested, steps));
  const begun = performance.now();
  // a signal that ended the training must not end the test as well; one that comes now does
  const evaluation = await evaluate(model, coded, { loss, batchSize: TEST_BATCH, ...(stopped ? {} : { signal }) });
  const testSeconds = (performance.now() - begun) / 1000;
  const { confusion: _, ...numbers } = evaluation;
  log.push(JSON.stringify({ event: 'test', seconds: testSeconds, executedBy: model.executedBy, ...numbers }));

  const key = stream(randomKey(seed), 'observe');
  const observations: Observation[] = [];
  for (let i = 0; i < Math.min(OBSERVED, tested.count); i++) observations.push(await observe(model, tested, i, steps, foldIn(key, i)));
  return {
    weights: await weightsOf(model),
    training,
    steps: reports,
    test: evaluation,
    testSeconds,
    work: workOf(evaluation, await coded.sent(), hidden, steps),
    observations,
    interrupted: signal.aborted,
    backend: `${backend.name}: ${model.executedBy}`,
    log,
  };
}
