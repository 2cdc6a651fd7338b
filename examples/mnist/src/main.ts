/** `npm start`: trains a spiking network on MNIST, tests it and writes what it learnt. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readMnist, writeFileAtomic } from '@snn/data/node';
import { writeSafetensors } from '@snn/nn';
import { job, type Outcome } from './job.ts';
import { help, type Options, parse } from './options.ts';
import { duration, integer, percent, report } from './report.ts';

const FOLDER = join(import.meta.dirname, '../../../results/mnist');

/** Exit code of a program that SIGINT ended. */
const INTERRUPTED = 130;

const say = (line: string): void => console.log(line);

/** Write all results; the last line of the log says what they are. */
async function write(folder: string, outcome: Outcome, options: Options): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { accuracy } = outcome.test;
  const { training } = outcome;
  const metadata = {
    seed: String(options.seed),
    steps: String(training.steps),
    accuracy: String(accuracy),
    hidden: String(options.hidden),
  };
  const versions = `Node ${process.version}, ${process.platform} ${process.arch}`;
  await writeFileAtomic(join(folder, 'weights.safetensors'), writeSafetensors(outcome.weights, new Map(Object.entries(metadata))));
  await writeFileAtomic(join(folder, 'log.jsonl'), `${outcome.log.join('\n')}\n`);
  await writeFileAtomic(join(folder, 'report.html'), report(outcome, options, versions));
}

function conclude(folder: string, { test, work, training, testSeconds, interrupted, backend }: Outcome): void {
  const share = percent(work.synapticOperations / work.denseOperations);
  say('');
  say(`Accuracy              ${percent(test.accuracy)} of ${integer(test.samples)} test images`);
  say(`Spikes                ${integer(work.spikes)} of neurons and ${integer(work.inputSpikes)} of pixels per image`);
  say(
    `Synaptic operations   ${integer(work.synapticOperations)} per image, ${share} of ${integer(work.denseOperations)} dense multiply-adds`,
  );
  say(`Time                  ${duration(training.seconds)} of training, ${duration(testSeconds)} of testing`);
  say(`Backend               ${backend}`);
  say(`Results               ${folder}: weights.safetensors, log.jsonl, report.html`);
  if (interrupted) say(`Interrupted after ${training.steps} training steps; what was learnt by then is kept there.`);
}

/** A signal that the first Ctrl-C sets; the second one ends the program, even in the middle of a batch. */
function endOnSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    // both came during one batch
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write('\nInterrupted: finishing the current batch. Ctrl-C again quits at once and keeps nothing.\n');
    controller.abort();
    // without a listener the system ends the program itself, and need not wait until a batch is done
    setImmediate(() => process.off('SIGINT', interrupt));
  };
  process.on('SIGINT', interrupt);
  return controller.signal;
}

async function main(words: readonly string[]): Promise<number> {
  const command = parse(words);
  if (command.kind === 'help') {
    say(help());
    return 0;
  }
  if (command.kind === 'wrong') {
    process.stderr.write(`${command.message}\n`);
    return 2;
  }
  const { options } = command;
  const interruption = endOnSignal();
  const { train, test } = await readMnist(import.meta.dirname);
  const outcome = await job(options, train, test, interruption, say);
  if (outcome === null) {
    say('Interrupted before anything was learnt; nothing was written.');
    return INTERRUPTED;
  }
  const folder = resolve(options.out ?? FOLDER);
  await write(folder, outcome, options);
  conclude(folder, outcome);
  return outcome.interrupted ? INTERRUPTED : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
