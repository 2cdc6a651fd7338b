/**
 * EventProp: exact gradients of leaky integrate-and-fire neurons with exponential synapses in continuous time, without surrogate. Spikes fall where
 * membranes cross the threshold, not on the grid of steps, and gradients go back through their times.
 *
 *   tau dV/dt = -V + I,   tauSynapse dI/dt = -I;   V = 0 after a spike at V = threshold;   I jumps by the weight where a spike or an input arrives
 *
 * The network is one for steps, of `linear`, `lif`, `recurrent(lif)` and `li` (`leakyReadout`): the same neurons in the limit of short steps, so what was learnt in
 * continuous time runs in steps afterwards. Inputs of step t arrive at t dt. The loss is given
 *
 *   a network that ends in `li`     its membranes at the ends of steps, `[T, B, C]`
 *   a network that ends in `lif`    -(time of the first spike) / dt, `[1, B, C]`; -T for neurons without one, whose gradient is 0
 *
 * Recurrent spikes arrive at once. Gradients do not exist where a spike appears or disappears, and the exact gradient of a silent neuron is 0: begin
 * with weights that make neurons fire, and let `wake` raise those of neurons that fall silent, as Wunderlich & Pehle do. Memory grows with the number of spikes, not of steps. It runs on the host in doubles, whatever the backend.
 */
import { type Var, valueAndGrad } from '@snn/autodiff';
import { argmax, argumentError, type Backend, checkNames, equal, sumAll, type TensorMeta, type Tree, unsupportedError } from '@snn/core';
import type { Forward, LearningBatch, LearningRule, Objective } from '@snn/nn';
import { prepared, tensorsOf } from '../tree.ts';
import { firstSpikes, pullBack, type Wanted, type WeightGradients } from './adjoint.ts';
import { type EventLayer, eventLayers } from './network.ts';
import { type Simulated, simulate } from './simulate.ts';

/** Options of `eventprop`. */
export interface EventpropOptions {
  /** Length of a step, s: as of the layers. Default 1 ms. */
  readonly dt?: number;
  /**
   * What is taken from the gradients of all weights into a silent neuron, from 0 on: one that no sample of the batch makes fire, or, in a last layer
   * that fires, times the share of samples that do not. Default 0.
   */
  readonly wake?: number;
}

/**
 * EventProp as a value for `fit`.
 *
 * @throws an `argument` error unless `dt` is above 0 and `wake` at least 0; when learning, one where a layer's steps are not of `dt`, and an
 *   `unsupported` error for other layers than those above, for `bias`, trained parameters of neurons and regularisers.
 */
export function eventprop(options: EventpropOptions = {}): LearningRule {
  checkNames('eventprop', options, ['dt', 'wake']);
  const { dt = 1e-3, wake = 0 } = options;
  if (!(dt > 0 && dt < Infinity)) throw argumentError(`eventprop: dt must be a finite number of seconds above 0, but is ${String(dt)}.`);
  if (!(wake >= 0 && wake < Infinity)) throw argumentError(`eventprop: wake must be a finite number from 0 on, but is ${String(wake)}.`);
  return {
    kind: 'rule',
    name: 'eventprop',
    begin: () => ({
      learn: (b, objective, batch, update) => learn(b, objective, batch, { dt, wake }, update),
      dispose() {},
    }),
  };
}

async function learn<T extends TensorMeta>(
  b: Backend<T>,
  { network, loss, regularizers }: Objective,
  { parameters, inputs, labels }: LearningBatch<T>,
  { dt, wake }: Required<EventpropOptions>,
  update: (gradients: Tree<T>) => Tree<T>,
): Promise<readonly [T, Forward<T>]> {
  if (regularizers.length > 0)
    throw unsupportedError(
      'eventprop: the number of spikes has no gradient here, so regularisers of activity cannot work; leave them away.',
    );
  const { used, toRaw } = prepared(b, network, parameters);
  const layers = await eventLayers(b, network, used, parameters, dt);
  const [steps, batch, count] = inputs.shape;
  const data = await b.read(inputs);
  // [T, B, I] -> [T, I] of each sample
  const samples = Array.from({ length: batch }, (_, s) =>
    Float64Array.from({ length: steps * count }, (_x, i) => data[(Math.floor(i / count) * batch + s) * count + (i % count)]),
  );
  const runs = samples.map((x) => simulate(layers, x, steps, dt));

  const last = layers.length - 1;
  const { size } = layers[last];
  const timed = fires(layers[last]);
  const shape = [timed ? 1 : steps, batch, size];
  const first = runs.map(({ spikes }) => firstSpikes(spikes, last));
  const outputs = b.fromData(
    Float64Array.from({ length: shape[0] * batch * size }, (_, i) => {
      const [t, s, n] = [Math.floor(i / (batch * size)), Math.floor(i / size) % batch, i % size];
      return timed ? -(first[s].get(n)?.time ?? steps * dt) / dt : runs[s].membranes[t * size + n];
    }),
    shape,
  );
  const [value, g] = valueAndGrad<T, T, [T]>(
    b,
    (ad, y: unknown, label: unknown) => loss.loss(ad, y as Var<T>, label as Var<T>),
    outputs,
    labels,
  );
  const cotangents = await b.read(g);

  const gradients = layers.map(({ weight, recurrent }) => ({
    weight: new Float64Array(weight.length),
    recurrent: recurrent && new Float64Array(recurrent.length),
  }));
  for (const [s, run] of runs.entries()) {
    const own = Float64Array.from(
      { length: shape[0] * size },
      (_, i) => cotangents[(Math.floor(i / size) * batch + s) * size + (i % size)],
    );
    const wanted: Wanted = timed ? { membranes: null, firstSpikes: own.map((x) => -x / dt) } : { membranes: own, firstSpikes: null };
    pullBack(layers, samples[s], run, dt, wanted, gradients);
  }
  const counts = countsOf(layers, runs);
  if (wake > 0) raiseSilent(layers, counts, wake, gradients);
  const handles = tensorsOf<T>(used);
  const found = handles.map((handle): T | null => {
    const l = layers.findIndex(({ handles: of }) => of.weight === handle || of.recurrent === handle);
    if (l < 0) return null;
    const of = layers[l].handles.weight === handle ? gradients[l].weight : (gradients[l].recurrent as Float64Array);
    return b.fromData(of, handle.shape);
  });
  update(toRaw(found));
  const scores = loss.scores(b, outputs);
  const correct = sumAll(b, equal(b, b.reshape(argmax(b, scores), labels.shape), labels));
  const counted = [...layers.entries()].filter(([, layer]) => fires(layer));
  const sent = Object.fromEntries(counted.map(([l, { path, size: n }]) => [path, b.fromData(counts[l], [batch, n])]));
  return [value, { scores, correct, counts: sent, measured: {} }];
}

/** Spikes of each sample and neuron, `[B, N]`, of each layer. */
const countsOf = (layers: readonly EventLayer[], runs: readonly Simulated[]): readonly Float32Array[] => {
  const counts = layers.map(({ size }) => new Float32Array(runs.length * size));
  for (const [s, { spikes }] of runs.entries())
    for (const step of spikes) for (const { layer, neuron } of step) counts[layer][s * layers[layer].size + neuron]++;
  return counts;
};

const fires = ({ dynamics }: EventLayer): boolean => dynamics.threshold < Infinity;

/** Take `wake` from the gradients of weights into neurons that did not fire enough. */
function raiseSilent(
  layers: readonly EventLayer[],
  counts: readonly Float32Array[],
  wake: number,
  gradients: readonly WeightGradients[],
): void {
  const last = layers.length - 1;
  for (const [l, layer] of layers.entries()) {
    if (!fires(layer)) continue;
    const { inputs, size } = layer;
    const batch = counts[l].length / size;
    for (let n = 0; n < size; n++) {
      let silent = 0;
      for (let s = 0; s < batch; s++) if (counts[l][s * size + n] === 0) silent++;
      if (silent === 0 || (l < last && silent < batch)) continue;
      for (let k = 0; k < inputs; k++) gradients[l].weight[k * size + n] -= (wake * silent) / batch;
    }
  }
}
