// Layers against what other libraries computed, with the options that a user of them would write: outputs, states and gradients in float64.
import { readFileSync } from 'node:fs';
import { autodiff } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { type TensorMeta, type Tree, treeMap } from '@snn/core';
import { LEAKY_SNNTORCH, LIF_NORSE } from '@snn/neurons-lif';
import { LSNN_NORSE } from '@snn/neurons-lsnn';
import { TERNARY_TRACETORCH } from '@snn/neurons-ternary';
import { expect, test } from 'vitest';
import { gradedSpikes, type Layer, leaky, learnable, lif, lits, lsnn, recurrentCell, run, sequential } from '../src/index.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Named<X> = Readonly<Record<string, X>>;

interface File {
  readonly params: Named<number>;
  readonly inputs: { readonly x: Stored };
  readonly weights: Named<Stored>;
  readonly initialState: Named<Stored>;
  readonly outputs: { readonly out: Stored; readonly states: Named<Stored> };
  readonly loss: { readonly coefficients: { readonly out: Stored; readonly finalState: Named<Stored> } };
  readonly gradients: { readonly inputs: Named<Stored>; readonly weights: Named<Stored>; readonly params: Named<Stored | number> };
}

const fileOf = (name: string): File =>
  JSON.parse(readFileSync(new URL(`../../../tooling/golden/vectors/${name}.json`, import.meta.url), 'utf8')) as File;

const on = reference();
type Handle = ReturnType<typeof on.fromData>;
const load = ({ data, shape }: Stored): Handle => on.fromData(data, shape);
const turned = (x: Stored): Handle => on.permute(load(x), [1, 0]);
const values = (x: Handle): number[] => [...on.readSync(x)];

function near(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1e-12, ...expected.map(Math.abs));
  found.forEach((x, i) => {
    expect(Math.abs(x - expected[i]) / (1 + scale)).toBeLessThan(tolerance);
  });
}

/** One way to write a file's model as a layer. */
interface Case {
  readonly layer: Layer;
  /** Raw parameters. */
  readonly parameters: Tree<Handle>;
  readonly state?: Tree<Handle>;
  /** States of the layer by the names of the file, of a state or of all states. */
  states(tree: never): Named<TensorMeta>;
  /** Parameters with the gradients that the file has for them. */
  gradients(parameters: never): readonly (readonly [TensorMeta, Handle])[];
}

const seconds = (inverse: number): number => 1 / inverse;

const neuronOfNorse = ({ params: p }: File) => ({
  tau: seconds(p.tau_mem_inv),
  tauSynapse: seconds(p.tau_syn_inv),
  leak: p.v_leak,
  threshold: p.v_th,
  reset: p.v_reset,
});

const lsnnOptions = (file: File) => ({ ...neuronOfNorse(file), tauAdapt: seconds(file.params.tau_adapt_inv), beta: file.params.beta });

type Cell = { readonly layers: readonly [null, { readonly inner: Named<TensorMeta>; readonly output: TensorMeta }] };
type Weights = { readonly layers: readonly [{ readonly weight: TensorMeta }, { readonly weight: TensorMeta }] };

const recurrentCase = (file: File, neurons: Layer, names: Named<string>, autapses: boolean, state?: Tree<Handle>): Case => ({
  layer: recurrentCell(4, neurons, { autapses }),
  parameters: { layers: [{ weight: turned(file.weights.w_in) }, { inner: null, weight: turned(file.weights.w_rec) }] },
  ...(state === undefined ? {} : { state }),
  states: ({ layers: [, { inner, output }] }: Cell) => ({
    ...Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [theirs, inner[ours]])),
    z: output,
  }),
  gradients: ({ layers: [input, loop] }: Weights) => [
    [input.weight, turned(file.gradients.weights.w_in)],
    [loop.weight, turned(file.gradients.weights.w_rec)],
  ],
});

const scalar = (x: number): Handle => on.fromData([x], []);
const layersOf = (...layers: readonly Tree<Handle>[]): Tree<Handle> => ({ layers });

/** `lits` after a convolution: every parameter is trained, one for each of three channels; names by the file's. */
const PER_CHANNEL = {
  beta: 'beta',
  positiveThreshold: 'pos_threshold',
  negativeThreshold: 'neg_threshold',
  bias: 'bias',
  positiveScale: 'pos_scale',
  negativeScale: 'neg_scale',
} as const;

const CASES: Readonly<Record<string, (file: File) => Case>> = {
  'norse-lsnn-module-recurrent': (file) =>
    recurrentCase(file, lsnn(5, { ...LSNN_NORSE, ...lsnnOptions(file) }), { v: 'v', i: 'i', b: 'b' }, false),
  'norse-lsnn-module-recurrent-cell': (file) =>
    recurrentCase(file, lsnn(5, { ...LSNN_NORSE, ...lsnnOptions(file) }), { v: 'v', i: 'i', b: 'b' }, false),
  'norse-jf-lif-step-default': (file) => {
    const { v, i, z } = file.initialState;
    const start = { layers: [null, { inner: { v: load(v), i: load(i) }, output: load(z) }] };
    return recurrentCase(file, lif(5, { ...LIF_NORSE, ...neuronOfNorse(file) }), { v: 'v', i: 'i' }, true, start);
  },
  'norse-lsnn-module-lsnn': (file) => ({
    layer: lsnn(5, { ...LSNN_NORSE, ...lsnnOptions(file), detachReset: false, detachAdaptation: false }),
    parameters: null,
    states: (state: Named<TensorMeta>) => state,
    gradients: () => [],
  }),
  'tracetorch-lits-identity-rank1-dim1': (file) => {
    const names = Object.entries(PER_CHANNEL);
    const channels = (x: Stored): Handle => on.reshape(load(x), [3, 1, 1]);
    const raw = file.params as unknown as Named<Stored>;
    const starts = Object.fromEntries(names.map(([ours]) => [ours, learnable([0.5, 0.6, 0.7])]));
    return {
      layer: lits([3, 2, 2], { ...TERNARY_TRACETORCH, ...starts }),
      parameters: Object.fromEntries(names.map(([ours, theirs]) => [ours, channels(raw[`raw_${theirs}`])])),
      state: { v: load(file.initialState.mem) },
      states: ({ v }: Named<TensorMeta>) => ({ mem: v }),
      gradients: (parameters: Named<TensorMeta>) =>
        names.map(([ours, theirs]) => [parameters[ours], channels(file.gradients.params[`raw_${theirs}`] as Stored)]),
    };
  },
  'snntorch-leaky-graded': (file) => ({
    layer: sequential(
      leaky(5, { ...LEAKY_SNNTORCH, beta: learnable(file.params.beta, { constraint: 'none' }), threshold: file.params.threshold }),
      gradedSpikes(5, learnable(file.params.graded_spikes_factor)),
    ),
    parameters: layersOf({ beta: scalar(file.params.beta) }, { factor: scalar(file.params.graded_spikes_factor) }),
    state: { layers: [{ v: load(file.initialState.mem) }, null] },
    states: ({ layers: [{ v }] }: { readonly layers: readonly [{ readonly v: TensorMeta }] }) => ({ mem: v }),
    gradients: ({ layers: [first, second] }: { readonly layers: readonly [Named<TensorMeta>, Named<TensorMeta>] }) =>
      (
        [
          [first.beta, file.gradients.params.beta],
          [second.factor, file.gradients.params.graded_spikes_factor],
        ] as const
      ).map(([x, g]) => [x, typeof g === 'number' ? on.fromData([g], []) : load(g)]),
  }),
};

test.each(Object.entries(CASES))('%s', (name, make) => {
  const file = fileOf(name);
  const ad = autodiff(on);
  const { layer, parameters, state, states, gradients } = make(file);
  const variables = treeMap<Tree<TensorMeta>>(parameters, (x: Handle) => ad.variable(x));
  const x = ad.variable(load(file.inputs.x));
  const start = state === undefined ? {} : { state: treeMap<Tree<TensorMeta>>(state, (s: Handle) => ad.constant(s)) };
  const result = run(ad, layer, variables as never, x, { ...start, recordStates: true } as never);
  const read = (y: TensorMeta): number[] => [...(ad.readSync?.(y as never) ?? [])];
  near(read(result.outputs), file.outputs.out.data, 1e-12);
  const recorded = states(result.states as never);
  for (const [key, expected] of Object.entries(file.outputs.states)) near(read(recorded[key]), expected.data, 1e-12);
  const { out, finalState } = file.loss.coefficients;
  const last = states(result.state as never);
  const ends = Object.entries(finalState);
  const wanted = [[x as TensorMeta, load(file.gradients.inputs.x)] as const, ...gradients(variables as never)];
  const found = ad.backward(
    [result.outputs, ...ends.map(([key]) => last[key])] as never,
    [load(out), ...ends.map(([, g]) => load(g))],
    wanted.map(([variable]) => variable) as never,
  );
  for (const [i, [, expected]] of wanted.entries()) near(values(found[i] as Handle), values(expected), 1e-10);
});
