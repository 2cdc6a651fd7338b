// One trace serves all batch sizes: it gives the program that a trace at that size gives, for every neuron; or it is said why not.
import { type Backend, conv2d, linear, mean, type NeuronModel, range, type StepProgram, type TensorMeta, zeros } from '@snn/core';
import * as lifModels from '@snn/neurons-lif';
import * as lsnnModels from '@snn/neurons-lsnn';
import * as slstmModels from '@snn/neurons-slstm';
import * as ternaryModels from '@snn/neurons-ternary';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RelativeStep, relativeStep, type Step, tracer, traceStep } from '../src/index.ts';
import { maxTraces } from '../src/testing.ts';

type AnyModel = NeuronModel<string, string, object>;
const isModel = (x: unknown): x is AnyModel => typeof x === 'object' && x !== null && 'step' in x && 'states' in x;
const meta = (...shape: number[]): TensorMeta => ({ shape, dtype: 'float32' });

/** What a step is traced with, besides the batch. */
interface Case {
  readonly name: string;
  readonly model: AnyModel;
  /** Of one sample. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

/** Models whose parameters are one number per neuron. */
const perNeuron = [lifModels, lsnnModels, ternaryModels]
  .flatMap((exports) => Object.values<unknown>(exports).filter(isModel))
  .filter((model) => model !== lifModels.multiCompartmentLif)
  .map(
    (model): Case => ({
      name: model.name,
      model,
      input: [3],
      output: [3],
      parameters: Object.fromEntries(
        Object.entries(model.parameters)
          .filter(([, { unit }]) => unit !== 'steps')
          .map(([key]) => [key, [3]]),
      ),
    }),
  );

const CASES: readonly Case[] = [
  ...perNeuron,
  {
    name: 'slstm',
    model: slstmModels.slstm as unknown as AnyModel,
    input: [5],
    output: [3],
    parameters: { weightInput: [5, 12], weightRecurrent: [3, 12], bias: [12], threshold: [3] },
  },
];

/** The step of a model with all its parameters trained. */
const traceOf =
  ({ name, model, input, output, parameters }: Case) =>
  (batch: number): StepProgram => {
    const fixed = Object.fromEntries(Object.entries(model.parameters).map(([key, spec]) => [key, spec.default]));
    const b = tracer();
    const symbols = Object.fromEntries(Object.entries(parameters).map(([key, shape]) => [key, b.input(shape)]));
    const state = model.initialState(b, { ...fixed, ...symbols }, [batch, ...output], model.options);
    const step = <T extends TensorMeta>(on: Backend<T>, p: Record<string, T>, s: Record<string, T>, x: T) =>
      model.step(on, { ...fixed, ...p }, s, x, model.options);
    const given = Object.fromEntries(Object.entries(parameters).map(([key, shape]) => [key, meta(...shape)]));
    return traceStep(name, step as unknown as Step, given, state, meta(batch, ...input));
  };

test('all models are there', () => {
  expect(perNeuron.length).toBe(19 + 8 + 32);
});

/** From 1 on, so that sizes coincide with those of the layer, and some large ones. */
const BATCHES = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 5000 }));
const agrees = (step: RelativeStep, trace: (batch: number) => StepProgram, batch: number): boolean =>
  JSON.stringify(step.at(batch)) === JSON.stringify(trace(batch));

describe('at(B) is the program that is traced at B', () => {
  for (const each of CASES) {
    test(each.name, () => {
      const trace = traceOf(each);
      const step = relativeStep(trace);
      for (const batch of [1, 2, 3, 5, 12]) expect([batch, agrees(step, trace, batch)]).toEqual([batch, true]);
      fc.assert(
        fc.property(BATCHES, (batch) => agrees(step, trace, batch)),
        { numRuns: 10, seed: 1 },
      );
      expect(step.at(7)).toBe(step.at(7));
      expect(step.traces).toEqual([{ step: each.name, shape: ['B', ...each.input], reason: null }]);
    });
  }

  type Net = {
    readonly parameters: Record<string, TensorMeta>;
    readonly state: Record<string, readonly number[]>;
    readonly input: number[];
  };
  const traceStepAt =
    (name: string, step: unknown, { parameters, state, input }: Net) =>
    (batch: number): StepProgram => {
      const before = Object.fromEntries(Object.entries(state).map(([key, shape]) => [key, meta(batch, ...shape)]));
      return traceStep(name, step as Step, parameters, before, meta(batch, ...input));
    };
  type Kernel<T> = { kernel: T; w: T };

  test('images: padded windows, slices, reshapes and a recurrent loop', () => {
    const step = <T extends TensorMeta>(b: Backend<T>, { kernel, w }: Kernel<T>, { u, z }: { u: T; z: T }, x: T) => {
      const next = b.add(b.mul(u, 0.5), conv2d(b, b.add(x, b.slice(z, [0, 0, 0, 0], [x.shape[0], 1, 6, 6])), kernel, { padding: 1 }));
      const out = linear(b, b.reshape(next, [x.shape[0], 72]), w);
      return [out, { u: next, z: b.gt(next, 1) }];
    };
    const trace = traceStepAt('images', step, {
      parameters: { kernel: meta(2, 1, 3, 3), w: meta(72, 4) },
      state: { u: [2, 6, 6], z: [2, 6, 6] },
      input: [1, 6, 6],
    });
    const step1 = relativeStep(trace);
    expect(step1.reason).toBe(null);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (batch) => agrees(step1, trace, batch)),
      { numRuns: 10, seed: 1 },
    );
  });

  test('sizes that equal a prime that is tried, or a multiple of it', () => {
    const step = <T extends TensorMeta>(b: Backend<T>, { w }: { w: T }, { v }: { v: T }, x: T) => {
      const y = linear(b, x, w);
      return [y, { v: b.add(v, y) }];
    };
    for (const inputs of [1009, 1013, 2018, 3000]) {
      const trace = traceStepAt('wide', step, { parameters: { w: meta(inputs, 1009) }, state: { v: [1009] }, input: [inputs] });
      const wide = relativeStep(trace);
      expect(wide.reason).toBe(null);
      for (const batch of [1, 8, 1009, 1013]) expect(agrees(wide, trace, batch)).toBe(true);
      expect(wide.traces).toEqual([{ step: 'wide', shape: ['B', inputs], reason: null }]);
    }
  });

  test('a constant of one number all over has the size of the batch', () => {
    const step = <T extends TensorMeta>(b: Backend<T>, _: null, { v }: { v: T }, x: T) => {
      const u = b.add(b.mul(v, b.fromData(new Float32Array(x.shape[0] * 2).fill(0.5), x.shape)), b.mul(x, b.fromData([-0, 2], [2])));
      return [u, { v: u }];
    };
    const trace = traceStepAt('decay', step, { parameters: {}, state: { v: [2] }, input: [2] });
    const decay = relativeStep(trace);
    expect(decay.reason).toBe(null);
    for (const batch of [1, 2, 9]) expect(decay.at(batch)).toEqual(trace(batch));
  });

  const step = (f: <T extends TensorMeta>(b: Backend<T>, v: T, x: T) => T) =>
    traceStepAt('own', <T extends TensorMeta>(b: Backend<T>, _: null, { v }: { v: T }, x: T) => [x, { v: f(b, v, x) }], {
      parameters: {},
      state: { v: [3] },
      input: [3],
    });
  const refused: Readonly<Record<string, readonly [trace: (batch: number) => StepProgram, reason: RegExp]>> = {
    'a mean over the batch': [
      step((b, v, x) => b.add(v, mean(b, x, [0]))),
      /'own' computes with the batch size.*batch of 1009 it has '%\d+ = div %\d+, 1009 : \[1, 3\]'/,
    ],
    'numbers that count the batch': [
      step((b, v, x) => b.add(v, b.reshape(range(b, x.shape[0]), [x.shape[0], 1]))),
      /at a batch of 1009 it has '%\d+ = constant 1009 numbers : \[1009\]' where it has '.*1013/,
    ],
    'all but the first sample': [
      step((b, v, x) => b.add(v, b.concat([zeros(b, [1, 3]), b.slice(x, [1, 0], [x.shape[0] - 1, 3])], 0))),
      /computes with the batch size/,
    ],
  };
  for (const [name, [trace, reason]] of Object.entries(refused)) {
    test(`${name} needs a trace for each batch size, and it is said why`, async () => {
      const own = relativeStep(trace);
      expect(own.reason).toMatch(reason);
      expect(own.traces).toEqual([]);
      for (const batch of [4, 7, 4]) expect(own.at(batch)).toEqual(trace(batch));
      expect(own.traces).toEqual([4, 7].map((batch) => ({ step: 'own', shape: [batch, 3], reason: own.reason })));
      await expect(maxTraces(1, own, () => [own.at(4), own.at(8), own.at(9)])).rejects.toThrow(
        /2 traces were made where 1 may be:\n- 'own' for inputs \[8, 3\], because 'own' computes .*\n- 'own' for inputs \[9, 3\]/,
      );
      expect(await maxTraces(2, own, () => own.at(10).name)).toBe('own');
    });
  }

  test('a step that holds for one batch size only keeps its own error for others', () => {
    const fixed = relativeStep((batch) =>
      traceStep(
        'fixed',
        (<T extends TensorMeta>(b: Backend<T>, { offset }: { offset: T }, _: null, x: T) => [b.add(x, offset), null]) as unknown as Step,
        { offset: meta(4, 3) },
        null,
        meta(batch, 3),
      ),
    );
    expect(fixed.reason).toMatch(/shapes \[1009,3\] and \[4,3\] do not broadcast/);
    expect(fixed.at(4).program.nodes.length).toBeGreaterThan(0);
    expect(() => fixed.at(5)).toThrow(/shapes \[5,3\] and \[4,3\] do not broadcast/);
    expect(fixed.traces.map(({ shape }) => shape)).toEqual([[4, 3]]);
  });
});
