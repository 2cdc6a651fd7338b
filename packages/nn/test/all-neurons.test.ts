// Every neuron as a layer: gradients, compiled runs, the step of its model; lists of names are complete.
import { gradcheck } from '@snn/autodiff';
import { reference } from '@snn/backend-conformance';
import { type CpuTensor, cpu, plainCpu } from '@snn/backend-cpu';
import { type Backend, mean, type NeuronModel, normal, randomKey, square, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import * as lifModels from '@snn/neurons-lif';
import * as lsnnModels from '@snn/neurons-lsnn';
import * as ternaryModels from '@snn/neurons-ternary';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.ts';

type AnyModel = NeuronModel<string, string, object>;
type AnyLayer = (size: number | readonly number[], options?: object) => nn.Layer;

const isModel = (x: unknown): x is AnyModel => typeof x === 'object' && x !== null && 'step' in x && 'states' in x;
/** What a ternary `li` is called as a layer, since `li` is taken. */
const layerName = (name: string, ternary: boolean): string => (ternary && name === 'li' ? 'traceLi' : name);
const modelsOf = (exports: object, ternary = false): (readonly [string, AnyModel])[] =>
  Object.values(exports)
    .filter(isModel)
    .map((model) => [layerName(model.name, ternary), model]);
const MODELS = [...modelsOf(lifModels), ...modelsOf(lsnnModels), ...modelsOf(ternaryModels, true)].filter(
  ([name]) => name !== 'multiCompartmentLif',
);

const layerNamed = (name: string): AnyLayer => (nn as unknown as Readonly<Record<string, AnyLayer>>)[name];
const plain = plainCpu();

test('all 19, 8 and 32 models but multiCompartmentLif are there', () => {
  expect(MODELS.length).toBe(19 + 8 + 32);
  for (const [name] of MODELS) expect(layerNamed(name), name).toBeTypeOf('function');
  expect(new Set(MODELS.map(([name]) => name)).size).toBe(MODELS.length);
});

/** Inputs that make the models fire: Izhikevich's and the conductances count in mV and nS, and the oscillators take little of each input. */
const STRENGTH: Readonly<Record<string, number>> = { izhikevich: 60, conductanceLif: 8, adLif: 60, seAdLif: 60 };
const strength = (name: string): number => STRENGTH[name] ?? 3;

describe('each neuron', async () => {
  const fast = await cpu();
  for (const [name, model] of MODELS) {
    test(`${name}: runs its model's step; compiled it gives the same bits; parameters are trained`, async () => {
      const trained = Object.fromEntries(
        Object.entries(model.parameters)
          .filter(([, { unit }]) => unit !== 'steps')
          .slice(0, 2)
          .map(([key, { default: value }]) => [key, nn.learnable(value, { perNeuron: true })]),
      );
      const network = (): nn.Layer => nn.sequential(layerNamed(name)(3, trained));
      const options = { backend: fast, seed: 1 };
      const [compiled, steps] = await Promise.all(
        [true, false].map((compile) => nn.createModel<CpuTensor>(network(), { ...options, compile })),
      );
      const data = normal(randomKey(4), 9 * 2 * 3, strength(name) / 2, strength(name) / 2);
      const inputs = { data, shape: [9, 2, 3] };
      const [a, b] = [await compiled.predict(inputs), await steps.predict(inputs)];
      expect(a.data).toEqual(b.data);
      expect(compiled.executedBy).toMatch(/^WebAssembly SIMD/);
      // the model's own step
      const parameters = Object.fromEntries(Object.entries(model.parameters).map(([key, spec]) => [key, spec.default]));
      let state = model.initialState(plain, parameters, [2, 3], model.options);
      const fixed = nn.run(plain, layerNamed(name)(3), null, plain.fromData(data, [9, 2, 3]));
      const expected: number[] = [];
      for (let t = 0; t < 9; t++) {
        const x = plain.fromData(data.slice(t * 6, t * 6 + 6), [2, 3]);
        const [z, next] = model.step(plain, parameters, state, x, model.options);
        state = next;
        expected.push(...plain.readSync(z));
      }
      expect([...plain.readSync(fixed.outputs)]).toEqual(expected);
      expect(expected.some((x) => x !== 0)).toBe(true);
      const raw = treeLeaves(network().init(plain, randomKey(1)));
      expect(raw.length).toBe(Object.keys(trained).length);
    });
  }
});

test.each(['li', 'exponentialFilter', 'traceLi', 'dsliema', 'tsodyksMakram'])('gradients of %s are right', (name) => {
  const model = MODELS.find(([known]) => known === name)?.[1] as AnyModel;
  const options = Object.fromEntries(
    Object.entries(model.parameters).map(([key, { default: value }]) => [key, nn.learnable([value, value * 0.9], {})]),
  );
  const [first] = model.states;
  const network = layerNamed(name)(2, { ...options, initial: { [first]: nn.learnable([0.1, 0.2]) } });
  const on = reference();
  const data = normal(randomKey(5), 5 * 2 * 2);
  const f = <U extends TensorMeta>(c: Backend<U>, p: unknown): U =>
    c.reshape(mean(c, square(c, nn.run(c, network, p as Tree<U>, c.fromData(data, [5, 2, 2])).outputs)), []);
  const result = gradcheck(on, f as never, network.init(on, randomKey(1)) as never);
  expect(result.derivative).not.toBe(0);
  expect(result).toMatchObject({ ok: true });
});
