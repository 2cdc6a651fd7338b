/** A network of `@snn/nn` as EventProp sees it: layers of neurons, each with weights for its input and perhaps for its own spikes. */
import {
  argumentError,
  type Backend,
  full,
  isTensor,
  type Operand,
  sizeOf,
  type TensorMeta,
  type Tree,
  treeLeaves,
  treeMap,
  unsupportedError,
  zeros,
} from '@snn/core';
import type { Layer, UsedParameters } from '@snn/nn';
import type { Dynamics } from './membrane.ts';

/** Weights on the host, `[inputs, outputs]`, row-major. */
export type Weights = Float64Array;

/** A layer of neurons. */
export interface EventLayer {
  readonly dynamics: Dynamics;
  readonly inputs: number;
  readonly size: number;
  readonly weight: Weights;
  /** From the layer's own spikes, which act at once. */
  readonly recurrent: Weights | null;
  /** Where it stands in the network, as in `layers[1]`. */
  readonly path: string;
  /** The handles of the weights, to find their gradients' places. */
  readonly handles: { readonly weight: TensorMeta; readonly recurrent: TensorMeta | null };
}

type Neurons<T> = { readonly [name: string]: Operand<T> };

const refuse = (what: string): Error => unsupportedError(`eventprop: ${what}`);

/** Layers in a row with what they use and what is trained, containers taken apart. */
function inRow<T extends TensorMeta>(
  layer: Layer,
  used: UsedParameters<T>,
  raw: Tree<T>,
  path: string,
): readonly { readonly layer: Layer; readonly used: UsedParameters<T>; readonly raw: Tree<T>; readonly path: string }[] {
  if (!(layer.inRow && layer.children)) return [{ layer, used, raw, path }];
  const [of, from] = [used, raw] as unknown as readonly { readonly layers: readonly Tree<T>[] }[];
  return layer.children.flatMap((child, i) => inRow(child, of.layers[i], from.layers[i], `${path ? `${path}.` : ''}layers[${i}]`));
}

/**
 * Read a network onto the host.
 *
 * @throws an `unsupported` error unless it is `linear` without bias before `lif`, `recurrent(lif)` or, at the end, `li` or `leakyReadout`, again
 *   and again, with one number for each parameter of a layer, none of which is trained, leak and reset at 0; an `argument` error where a layer's
 *   steps are not of `dt`.
 */
export async function eventLayers<T extends TensorMeta>(
  b: Backend<T>,
  network: Layer,
  used: UsedParameters<T>,
  raw: Tree<T>,
  dt: number,
): Promise<readonly EventLayer[]> {
  const row = inRow(network, used, raw, '');
  const layers: EventLayer[] = [];
  for (let i = 0; i < row.length; i += 2) {
    const [synapses, neurons] = [row[i], row[i + 1]];
    if (synapses.layer.name !== 'linear' || neurons === undefined)
      throw refuse(
        `layers must be linear and neurons by turns, but ${neurons === undefined ? 'after the last linear there are no neurons' : `${synapses.path} is '${synapses.layer.name}'`}.`,
      );
    const { weight, bias } = synapses.used as { readonly weight: T; readonly bias?: T };
    if (bias !== undefined)
      throw refuse(`${synapses.path} adds a constant in every step, which is no event; make it linear(..., { bias: false }).`);
    const looped = neurons.layer.name === 'recurrent lif';
    const own = (looped ? (neurons.used as { readonly inner: Neurons<T> }).inner : neurons.used) as Neurons<T>;
    const trained = looped ? (neurons.raw as { readonly inner: Tree<T> }).inner : neurons.raw;
    const { name } = neurons.layer;
    const last = i + 2 >= row.length;
    const readout = name === 'li' || name === 'leakyReadout';
    if (!(name === 'lif' || looped || (readout && last)))
      throw refuse(`${neurons.path} is '${name}'; neurons must be lif, recurrent(lif) or, at the end, li or leakyReadout.`);
    if (trained !== null) throw refuse(`${neurons.path} has parameters that are trained; only weights are.`);
    const recurrent = looped ? (neurons.used as { readonly weight: T }).weight : null;
    const numbers = async (x: T): Promise<Weights> => Float64Array.from(await b.read(x));
    const one = async (parameter: string): Promise<number> => {
      const x = own[parameter];
      if (!isTensor(x)) return x as number;
      if (sizeOf(x.shape) !== 1) throw refuse(`${neurons.path} has a '${parameter}' for each neuron; give one for all of them.`);
      return (await numbers(x as T))[0];
    };
    for (const parameter of ['leak', ...(readout ? [] : ['reset'])])
      if ((await one(parameter)) !== 0) throw refuse(`${neurons.path} has a '${parameter}' other than 0; move its threshold instead.`);
    const dynamics = {
      tau: await one('tau'),
      tauSynapse: await one('tauSynapse'),
      threshold: readout ? Infinity : await one('threshold'),
    };
    await checkStep(b, neurons.layer, neurons.used, neurons.path, weight.shape[1], dynamics, dt);
    layers.push({
      dynamics,
      inputs: weight.shape[0],
      size: weight.shape[1],
      weight: await numbers(weight),
      recurrent: recurrent && (await numbers(recurrent)),
      path: neurons.path,
      handles: { weight, recurrent },
    });
  }
  const silent = layers.find(({ dynamics }) => !(dynamics.threshold > 0));
  if (silent) throw refuse(`${silent.path} has a threshold of ${silent.dynamics.threshold}; it must be above 0, where membranes rest.`);
  return layers;
}

/** A membrane without input must fall in a step of the layer as it does within `dt` seconds. */
async function checkStep<T extends TensorMeta>(
  b: Backend<T>,
  layer: Layer,
  used: UsedParameters<T>,
  path: string,
  size: number,
  { tau, threshold }: Dynamics,
  dt: number,
): Promise<void> {
  const context = { training: false, key: null, path };
  const before = Math.min(1, threshold) / 2;
  const isMembrane = (at: string): boolean => at === 'v' || at.endsWith('.v');
  const state = treeMap<Tree<T>>(layer.initialState(b, used, [1, size], context), (x: T, at: string) =>
    isMembrane(at) ? full(b, x.shape, before) : x,
  );
  const [, next] = layer.step(b, used, state, zeros(b, [1, size]), context);
  const membrane = treeLeaves<T>(next).find(({ path: at }) => isMembrane(at)) as { readonly value: T };
  const lost = 1 - (await b.read(membrane.value))[0] / before;
  // exactly, or by Euler's method, which comes to the same in the limit
  if (![-Math.expm1(-dt / tau), dt / tau].some((expected) => Math.abs(lost - expected) <= 1e-3 * expected + 1e-6))
    throw argumentError(
      `eventprop: ${path} takes other steps than dt = ${dt} s: in one of them its membrane loses ${(100 * lost).toPrecision(3)} %, in dt it would lose ${(-100 * Math.expm1(-dt / tau)).toPrecision(3)} %. Give eventprop and the layers the same dt.`,
    );
}
