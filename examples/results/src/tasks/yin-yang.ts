/** The Yin-Yang data set in spike times: by surrogate gradients in steps, and by exact gradients of spike times. */
import { cpu } from '@snn/backend-cpu';
import { type YinYang, yinYang } from '@snn/data';
import { eventprop } from '@snn/learning';
import {
  adam,
  chain,
  clipByNorm,
  cosine,
  createModel,
  crossEntropyOfMaximum,
  type Dataset,
  evaluate,
  fit,
  type LearningRule,
  li,
  lif,
  sequential,
  sgd,
} from '@snn/nn';
import { fastSigmoid } from '@snn/surrogates';
import type { Evidence, Measured, Wanted } from '../evidence.ts';
import { normalLinear } from '../synapses.ts';

const [INPUTS, CLASSES] = [5, 3];
const DT = 1e-3;
const TAUS = { tau: 20e-3, tauSynapse: 5e-3 } as const;
/** Steps of a sample, and the one at which a value of 1 fires; a value of 0 and the constant input fire in the first. */
const [STEPS, LATEST] = [40, 30];

/**
 * One spike per value, at a time that grows with it: `[T, B, 5]`. A spike between two steps arrives as what is left of its current at the second, so
 * the currents at the steps are exact.
 */
function spikeTimes({ count, samples, labels }: YinYang): Dataset {
  return {
    size: count,
    batch(indices) {
      const shape = [STEPS, indices.length, INPUTS];
      const inputs = new Float32Array(STEPS * indices.length * INPUTS);
      indices.forEach((index, i) => {
        inputs[i * INPUTS + 4] = 1;
        for (let k = 0; k < 4; k++) {
          const time = samples[4 * index + k] * LATEST;
          const step = Math.ceil(time);
          inputs[(step * indices.length + i) * INPUTS + k] = Math.exp(((time - step) * DT) / TAUS.tauSynapse);
        }
      });
      return { inputs, shape, labels: Int32Array.from(indices, (index) => labels[index]) };
    },
  };
}

/** What differs between the variants. */
interface Recipe {
  readonly hidden: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly rate: number;
  readonly gradient: LearningRule | null;
  /** Mean and deviation of the weights to the hidden neurons. */
  readonly first: readonly [number, number];
  /** Deviation of the weights to the readout. */
  readonly second: number;
}

async function train({ seed, short, progress }: Wanted, recipe: Recipe): Promise<Measured> {
  const { hidden, epochs, batchSize, rate, gradient, first, second } = recipe;
  const [training, test] = [spikeTimes(yinYang(short ? 1000 : 5000, 42)), spikeTimes(yinYang(1000, 40))];
  const network = sequential(
    normalLinear(INPUTS, hidden, first[1], first[0]),
    lif(hidden, { ...TAUS, dt: DT, resetMode: 'to', surrogate: fastSigmoid({ sharpness: 20 }) }),
    normalLinear(hidden, CLASSES, second),
    li(CLASSES, { ...TAUS, dt: DT }),
  );
  const model = await createModel(network, { backend: await cpu(), seed });
  const loss = crossEntropyOfMaximum();
  const points: (readonly [number, number])[] = [];
  await fit(model, training, {
    loss,
    optimizer: chain(clipByNorm(1), adam(cosine(rate, epochs * Math.ceil(training.size / batchSize), rate / 50))),
    epochs,
    batchSize,
    ...(gradient === null ? {} : { gradient }),
    callbacks: [
      {
        onStep: ({ epoch, step, steps, loss: value }) =>
          progress(`epoch ${epoch} of ${epochs}, step ${step} of ${steps}, loss ${value.toFixed(3)}`),
        onEpoch: ({ epoch, accuracy }) => points.push([epoch, accuracy]),
      },
    ],
  });
  const inSteps = await evaluate(model, test, { loss, batchSize: 500 });
  // in continuous time, as it was learnt: a round with a rate of 0 changes nothing and counts what is right
  const asLearnt = gradient === null ? inSteps : await fit(model, test, { loss, optimizer: sgd(0), batchSize: 100, gradient });
  const executedBy = gradient === null ? model.executedBy : `${gradient.name}, on the host`;
  model.dispose();
  return {
    score: asLearnt.accuracy,
    curves: [{ name: 'training accuracy', points }],
    details: { 'spikes per hidden neuron': inSteps.spikes['layers[1]'], 'accuracy in steps': inSteps.accuracy },
    executedBy,
  };
}

export const yinYangTask: Evidence = {
  name: 'yin-yang',
  title: 'Yin-Yang',
  task: 'To which part of the Yin-Yang symbol does a point belong? Its two coordinates and their complements are times of one spike each, within 30 ms, beside one spike at the beginning. Published split: 5000 points to train, 1000 to test.',
  unit: 'accuracy',
  needs: null,
  variants: [
    {
      name: 'LIF, 5-200-3, surrogate gradient in steps of 1 ms',
      published: { score: 0.976, source: 'Kriener et al., 2022: network 4-30-3 without spikes' },
      shortGoal: 0.7,
      run: (wanted) =>
        train(wanted, {
          hidden: wanted.short ? 100 : 200,
          epochs: wanted.short ? 10 : 60,
          batchSize: wanted.short ? 32 : 64,
          rate: 1e-2,
          gradient: null,
          first: [1.5, 1.5],
          second: 2,
        }),
    },
    {
      name: 'LIF, 5-60-3, EventProp',
      published: { score: 0.981, source: 'Wunderlich & Pehle, 2021: 200 hidden neurons' },
      shortGoal: 0.45,
      run: (wanted) =>
        train(wanted, {
          hidden: wanted.short ? 30 : 60,
          epochs: wanted.short ? 5 : 12,
          batchSize: 32,
          rate: 2e-2,
          gradient: eventprop({ dt: DT }),
          first: [1.5, 1.5],
          second: 1,
        }),
    },
  ],
  remarks:
    'The surrogate gradient comes above the goal of 97 % and above the published networks without spikes. EventProp is run here with few neurons and few epochs, because its rule handles one sample after the other on the host: 60 instead of 200 neurons and 12 epochs. It stays near 80 % from the eighth epoch on, far from the published 98 %, and why is not found yet; its gradients agree with finite differences of spike times. It learns in continuous time and is tested there; the same weights in steps of 1 ms, where a spike waits for the end of its step, lose much of it (`accuracy in steps`). With the default surrogate, a triangle of width 2, six epochs came to 80 %, with a fast sigmoid of sharpness 10 to 90 %: where times of spikes matter, a steep surrogate learns faster.',
};
