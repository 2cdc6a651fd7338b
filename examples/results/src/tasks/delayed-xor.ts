/** Delayed exclusive or: were two pulses, some time apart, of the same sign? */
import { cpu } from '@snn/backend-cpu';
import { argmax, type Backend, equal, mean, stream, type TensorMeta, uniform } from '@snn/core';
import { ALIF_LSNN2018 } from '@snn/neurons-lsnn';
import {
  adam,
  alif,
  chain,
  clipByNorm,
  cosine,
  createModel,
  crossEntropyOverTime,
  type Dataset,
  evaluate,
  fit,
  type Layer,
  type Loss,
  liBox,
  linear,
  rateAbove,
  rateBelow,
  sequential,
} from '@snn/nn';
import type { Evidence, Measured, Wanted } from '../evidence.ts';
import { normalLinear } from '../synapses.ts';
import { normalRecurrent } from './normal-recurrent.ts';

/** Everything lasts a multiple of 10 ms; steps are 5 ms. */
const DT = 5e-3;
const PULSE = 10;
/** Steps of 10 ms until the next pulse: each ends the wait with the same chance. */
const [WAIT, LONGEST] = [2, 34];
const [ANSWER, CLASSES, INPUTS, NEURONS] = [12, 3, 2, 80];
/** Longest sequence. Cues are at the same time in all sequences, and shorter ones begin later: nothing happens before. */
const STEPS = 2 * (PULSE + LONGEST) + ANSWER;
const CUE = STEPS - ANSWER;
/** 10 Hz */
const RATE = 10 * DT;
const GOAL = 0.01;

/** The upper 98 % of a bell curve, from 0 to 1 and back. */
const BELL = Float32Array.from({ length: PULSE }, (_, i) => {
  const [edge, x] = [2.326, 2.326 * ((2 * i) / (PULSE - 1) - 1)];
  const low = Math.exp(-(edge ** 2) / 2);
  return (Math.exp(-(x ** 2) / 2) - low) / (1 - low);
});

/** Sequences without end, drawn anew for every batch: a signal and a cue, `[T, B, 2]`; the class is 0 for equal signs, 1 for different ones, 2 for one pulse. */
function sequences(size: number, longest: number): Dataset {
  return {
    size,
    batch(indices, key) {
      const count = indices.length;
      const inputs = new Float32Array(STEPS * count * INPUTS);
      const labels = new Int32Array(count);
      const pulse = (start: number, i: number, input: number, height: number): void =>
        BELL.forEach((x, t) => {
          if (start + t < STEPS) inputs[((start + t) * count + i) * INPUTS + input] = height * x;
        });
      for (let i = 0; i < count; i++) {
        const [alone, first, second, ...chances] = uniform(stream(key, `sequence ${i}`), 3 + longest / WAIT, 0, 1);
        const ended = chances.findIndex((x) => x < WAIT / longest);
        const wait = ended < 0 ? longest : WAIT * (ended + 1);
        const signs = [first < 0.5 ? 1 : -1, second < 0.5 ? 1 : -1];
        pulse(CUE, i, 1, 1);
        if (alone < 0.2) {
          pulse(CUE - wait - PULSE, i, 0, signs[0]);
          labels[i] = 2;
        } else {
          pulse(CUE - wait - PULSE, i, 0, signs[1]);
          pulse(CUE - 2 * (wait + PULSE), i, 0, signs[0]);
          labels[i] = signs[0] === signs[1] ? 0 : 1;
        }
      }
      return { inputs, shape: [STEPS, count, INPUTS], labels };
    },
  };
}

const answer = <T extends TensorMeta>(b: Backend<T>, outputs: T): T => b.slice(outputs, [CUE, 0, 0], [ANSWER, outputs.shape[1], CLASSES]);

const everyStep = crossEntropyOverTime();

/** Cross-entropy of every step of the answer. */
const loss: Loss = {
  name: 'cross-entropy after the cue',
  classes: () => CLASSES,
  loss: (b, outputs, labels) => everyStep.loss(b, answer(b, outputs), labels),
  scores: (b, outputs) => everyStep.scores(b, answer(b, outputs)),
};

/** Share of steps of the answer that are wrong, to be measured, not trained. */
const wrongSteps: Loss = {
  ...loss,
  name: 'wrong steps after the cue',
  loss: (b, outputs, labels) =>
    b.sub(1, b.reshape(mean(b, equal(b, argmax(b, answer(b, outputs), 2), b.reshape(labels, [1, labels.shape[0], 1]))), [])),
};

/** A recurrent layer of `alif` with the time constants and initial weights of the publication, `beta` 0 for neurons that do not adapt. */
const network = (beta: number): Layer =>
  sequential(
    normalLinear(INPUTS, NEURONS, 1 / Math.sqrt(INPUTS)),
    normalRecurrent(alif(NEURONS, { ...ALIF_LSNN2018, dt: DT, tau: 20e-3, tauAdapt: 0.5, threshold: 0.01, beta, refractory: 1 })),
    linear(NEURONS, CLASSES),
    liBox(CLASSES, { dt: DT, tau: 20e-3 }),
  );

async function train({ seed, short, progress }: Wanted, beta: number): Promise<Measured> {
  const [batchSize, most, every, longest] = short ? [32, 80, 10, 4] : [128, 1200, 10, LONGEST];
  const model = await createModel(network(beta), { backend: await cpu(), seed });
  const points: [number, number][] = [];
  const errors: number[] = [];
  let rate = 0;
  const { steps } = await fit(model, sequences(batchSize * most, longest), {
    loss,
    optimizer: chain(clipByNorm(1), adam(cosine(0.01, most, 1e-4))),
    batchSize,
    // 50 times the sum over neurons of (rate - 10 Hz)^2, rates in kHz
    regularizers: [rateAbove, rateBelow].map((penalty) => penalty(RATE, (50 * NEURONS) / (DT * 1e3) ** 2)),
    callbacks: [
      {
        onStep({ step, accuracy, loss: value, spikesPerNeuron }, stop) {
          rate = (spikesPerNeuron ?? 0) / (STEPS * DT);
          errors.push(1 - accuracy);
          progress(`iteration ${step}, loss ${value.toFixed(3)}, error ${(1 - accuracy).toFixed(3)}, ${rate.toFixed(1)} Hz`);
          if (step % every !== 0) return;
          const error = errors.splice(0).reduce((sum, x) => sum + x, 0) / every;
          points.push([step, error]);
          if (error < GOAL / 2) stop();
        },
      },
    ],
  });
  const tested = await evaluate(model, sequences(1024, longest), { loss: wrongSteps, batchSize: 128, seed: seed + 1000 });
  const { executedBy } = model;
  model.dispose();
  return {
    score: tested.loss,
    curves: [{ name: 'wrong answers in training', points }],
    details: { iterations: steps, 'wrong answers': 1 - tested.accuracy, 'firing rate in Hz': rate },
    executedBy,
  };
}

export const delayedXor: Evidence = {
  name: 'delayed-xor',
  title: 'Delayed exclusive or',
  task: 'Two bell-shaped pulses of 50 ms, each up or down, come 10 to 170 ms apart; as long after the second comes a cue, and for 60 ms from there three outputs must tell whether the pulses were equal, different, or only one (in a fifth of the sequences). The figure is the share of wrong steps of these 60 ms in 1024 new sequences.',
  unit: 'error',
  needs: null,
  variants: [
    {
      name: '80 ALIF',
      published: { score: GOAL, source: 'Salaj et al., 2021: training ends below this error, within 2000 iterations of 256 sequences' },
      shortGoal: 0.35,
      run: (wanted) => train(wanted, 1),
    },
  ],
  remarks:
    'Time goes in steps of 5 ms instead of 1 ms, with 128 instead of 256 sequences per iteration and at most 1200 iterations, so that a run takes a minute; norms of gradients are clipped at 1. The rate falls along a cosine instead of by a fifth every 200 iterations: with the latter, single updates threw the error about at the end, and two of three seeds stayed above 1 %. All else is as published: one recurrent layer, adaptation of 500 ms, a penalty that holds rates at 10 Hz. All seeds end below the published error, after 570 to 890 iterations. With delays of up to 20 ms, the short form, it takes 80 iterations.',
};
