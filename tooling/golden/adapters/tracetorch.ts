// traceTorch: all 32 layers from raw parameters, and the smooth spike function with its quantisers.

import {
  arcsinh,
  type Backend,
  type Constraint,
  type NeuronModel,
  type Operand,
  scalar,
  sigmoid,
  softplus,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import * as ternary from '@snn/neurons-ternary';
import { type Adapters, choose, type FunctionAdapter, type StepAdapter } from '../adapter.ts';
import type { Named } from '../file.ts';

type Model = NeuronModel<string, string, object>;

const { li, dli, sli, dsli, liema, dliema, sliema, dsliema } = ternary;
const { lib, dlib, slib, rlib, dslib, drlib, srlib, dsrlib } = ternary;
const { lit, dlit, slit, rlit, dslit, drlit, srlit, dsrlit } = ternary;
const { lits, dlits, slits, rlits, dslits, drlits, srlits, dsrlits } = ternary;

const MODELS: Named<Model> = Object.fromEntries(
  [
    ...[li, dli, sli, dsli, liema, dliema, sliema, dsliema],
    ...[lib, dlib, slib, rlib, dslib, drlib, srlib, dsrlib],
    ...[lit, dlit, slit, rlit, dslit, drlit, srlit, dsrlit],
    ...[lits, dlits, slits, rlits, dslits, drlits, srlits, dsrlits],
  ].map((model): [string, Model] => [`traceTorch.${model.name.toUpperCase()}`, model as unknown as Model]),
);

const WORDS: Named<string> = { mem: 'v', syn: 'i', rec: 'r', prev_output: 'output', rec_weight: 'recurrentWeight' };
const SIDES: Named<string> = { pos_: 'positive', neg_: 'negative' };

/** `raw_pos_rec_weight` -> `positiveRecurrentWeight`, `neg_mem` -> `negativeV`. */
function ours(name: string): string {
  const [, side, key] = /^(?:raw_)?(pos_|neg_)?(.+)$/.exec(name) ?? [];
  const word = WORDS[key] ?? key;
  return side ? `${SIDES[side]}${word.charAt(0).toUpperCase()}${word.slice(1)}` : word;
}

function activate<T extends TensorMeta>(b: Backend<T>, constraint: Constraint, raw: T): T {
  const map = choose<(b: Backend<T>, x: T) => T>('constraint', constraint, {
    unit: sigmoid,
    positive: softplus,
    arcsinh,
    none: (_, x) => x,
  });
  return map(b, raw);
}

const layer: StepAdapter = (b, file, given) => {
  type T = (typeof given.inputs)[string];
  const { config, model: name } = file;
  const model = MODELS[name];
  const shape = given.inputs.x.shape.slice(1);
  const dual = 'splitGradient' in model.options;
  const firing = 'quantizer' in model.options;
  const options = {
    ...(firing && {
      ...ternary.TERNARY_TRACETORCH,
      quantizer: choose('quantiser', config.quantiser, { identity: ternary.identity, round: ternary.rounding })(),
      detachReset: config.detachReset === true,
    }),
    ...(firing && choose('spike function', config.spikeFunction, { sigmoid4x: {} })),
    ...(dual && ternary.DUAL_TRACETORCH),
    ...(name === 'traceTorch.DLIT' && { splitGradient: 'once' }),
  };
  const parameters: Record<string, Operand<T>> = {};
  for (const [key, raw] of Object.entries(given.params)) {
    const spec = model.parameters[ours(key)];
    const value = activate(b, spec.constraint, typeof raw === 'number' ? scalar(b, raw) : raw);
    // adds 0, through which the gradient of the activated parameter flows
    const activated = given.activatedParams[key.replace('raw_', '')];
    const whole = activated === undefined ? value : b.add(value, b.sub(activated, stopGradient(b, activated)));
    parameters[ours(key)] = whole.shape.length === 1 ? ternary.alongAxis(b, whole, Number(config.dim), shape.length) : whole;
  }
  const zero = model.initialState(b, parameters, shape, options);
  const named = Object.keys(file.outputs.states);
  model.check?.(parameters, options, zero, b.reshape(zero[model.states[0]], shape));
  return {
    initial: Object.fromEntries(named.map((key) => [key, given.initialState[key] ?? zero[ours(key)]])),
    step(state, { x }) {
      const old = Object.fromEntries(named.map((key) => [ours(key), state[key]]));
      const [out, next] = model.step(b, parameters, old, x, options);
      return { out, state: Object.fromEntries(named.map((key) => [key, next[ours(key)]])) };
    },
  };
};

const spikeFunction: FunctionAdapter = (b, { function: name, args }, { x }) => {
  const quantizer = choose<() => ternary.Quantizer>('function', name, {
    'traceTorch.sigmoid4x': ternary.identity,
    'traceTorch.round_ste(sigmoid4x)': () => ternary.rounding({ step: Number(args.step_size ?? 1) }),
  })();
  return { out: quantizer.quantize(b, x) };
};

export const TRACETORCH: Adapters = {
  steps: Object.fromEntries(Object.keys(MODELS).map((name) => [name, layer])),
  functions: { 'traceTorch.functional': spikeFunction },
};
