/** Random spike patterns with random labels, to be learnt by heart: the first tutorial of SpyTorch. */
import { cpu } from '@snn/backend-cpu';
import { bernoulli, randomKey, stream } from '@snn/core';
import {
  adam,
  createModel,
  crossEntropyOfMaximum,
  type Dataset,
  evaluate,
  fit,
  gradedSpikes,
  type Layer,
  leakyReadout,
  sequential,
  synaptic,
} from '@snn/nn';
import { fastSigmoid } from '@snn/surrogates';
import type { Evidence, Measured, Wanted } from '../evidence.ts';
import { normalLinear } from '../synapses.ts';

const [PATTERNS, STEPS, INPUTS, CLASSES] = [256, 200, 100, 2];
const [DT, TAU, TAU_SYNAPSE] = [1e-3, 10e-3, 5e-3];
const RATE = 5; // Hz

/** Spikes `[T, B, inputs]` and labels, both by chance: always all of them, as one batch. */
function patterns(seed: number, count: number): Dataset {
  const key = stream(randomKey(seed), 'patterns');
  const inputs = bernoulli(stream(key, 'spikes'), RATE * DT, STEPS * count * INPUTS);
  const labels = Int32Array.from(bernoulli(stream(key, 'labels'), 0.5, count));
  return { size: count, batch: () => ({ inputs, shape: [STEPS, count, INPUTS], labels }) };
}

/** Membranes of SpyTorch take the whole current, v = beta v + i; those of `li` the part 1 - beta of it, hence the factor. */
function network(hidden: number): Layer {
  const [alpha, beta] = [Math.exp(-DT / TAU_SYNAPSE), Math.exp(-DT / TAU)];
  const scale = 7 * (1 - beta);
  return sequential(
    normalLinear(INPUTS, hidden, scale / Math.sqrt(INPUTS)),
    synaptic(hidden, { alpha, beta, surrogate: fastSigmoid({ sharpness: 100 }) }),
    normalLinear(hidden, CLASSES, scale / Math.sqrt(hidden)),
    gradedSpikes(CLASSES, 1 / (1 - beta)),
    leakyReadout(CLASSES, { tau: TAU, tauSynapse: TAU_SYNAPSE }),
  );
}

async function run({ seed, short, progress }: Wanted, hidden: number): Promise<Measured> {
  const epochs = short ? 60 : 1000;
  const data = patterns(seed, short ? 64 : PATTERNS);
  const model = await createModel(network(hidden), { backend: await cpu(), seed });
  const loss = crossEntropyOfMaximum();
  const points: (readonly [number, number])[] = [];
  await fit(model, data, {
    loss,
    optimizer: adam(short ? 1e-2 : 2e-3),
    epochs,
    batchSize: PATTERNS,
    shuffle: false,
    callbacks: [
      {
        onStep({ epoch, accuracy }) {
          points.push([epoch, accuracy]);
          progress(`epoch ${epoch} of ${epochs}, accuracy ${accuracy.toFixed(3)}`);
        },
      },
    ],
  });
  const { accuracy, spikes } = await evaluate(model, data, { loss, batchSize: PATTERNS });
  const { executedBy } = model;
  model.dispose();
  const rate = spikes['layers[1]'] / (STEPS * DT);
  return { score: accuracy, curves: [{ name: 'training accuracy', points }], details: { 'firing rate in Hz': rate }, executedBy };
}

export const randomPatterns: Evidence = {
  name: 'random-patterns',
  title: 'Random patterns, learnt by heart',
  task: `${PATTERNS} patterns of ${INPUTS} spike trains of ${RATE} Hz and ${STEPS} ms, each with a random one of two labels; the figure is the accuracy on these same patterns. With four hidden neurons there is no room to learn all of them.`,
  unit: 'accuracy',
  needs: null,
  variants: [
    {
      name: 'LIF, 100-4-2',
      published: { score: 0.859, source: 'SpyTorch, tutorial 1 (Zenke, 2019), one run' },
      shortGoal: 0.8,
      run: (wanted) => run(wanted, 4),
    },
  ],
  remarks:
    'The network and the recipe are those of the tutorial; patterns and initial weights differ from seed to seed. All seeds come above the published single run; the hidden neurons fire at 4 to 20 Hz.',
};
