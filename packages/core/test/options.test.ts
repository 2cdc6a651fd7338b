// A misspelt option is refused wherever options are taken, with what there is.
import { cpu, plainCpu } from '@snn/backend-cpu';
import { gpu } from '@snn/backend-gpu';
import { delta, latency, population, targetOneHot, targetRate } from '@snn/encoders';
import * as learning from '@snn/learning';
import * as nn from '@snn/nn';
import * as surrogates from '@snn/surrogates';
import { describe, expect, test } from 'vitest';
import { checkNames, quantizationLevels } from '../src/index.ts';

/** An options object that no type would let pass. */
const misspelt: object = { sharpnes: 3 };
const b = plainCpu();
const x = b.fromData([0.5, 0.2], [2, 1]);
const labels = b.fromData([0], [1], 'int32');
const layer = nn.linear(2, 2);

const calls: Readonly<Record<string, () => unknown>> = {
  arctan: () => surrogates.arctan(misspelt),
  triangle: () => surrogates.triangle(misspelt),
  multiGaussian: () => surrogates.multiGaussian(misspelt),
  leaky: () => surrogates.leaky(misspelt),
  quantizationLevels: () => quantizationLevels(misspelt),
  delta: () => delta(b, x, misspelt),
  latency: () => latency(b, x, 5, misspelt),
  population: () => population(b, x, { neurons: 3, ...misspelt }),
  targetOneHot: () => targetOneHot(b, labels, 2, misspelt),
  targetRate: () => targetRate(b, labels, 2, 5, misspelt),
  linear: () => nn.linear(2, 3, misspelt),
  conv2d: () => nn.conv2d(1, 2, 3, misspelt),
  delayed: () => nn.delayed(2, 3, { longest: 2, ...misspelt }),
  recurrent: () => nn.recurrent(nn.lif(3), misspelt),
  lif: () => nn.lif(3, misspelt),
  slstm: () => nn.slstm(2, 3, misspelt),
  tdBatchNorm: () => nn.tdBatchNorm(3, misspelt),
  teBatchNorm: () => nn.teBatchNorm(3, 5, misspelt),
  batchNormThroughTime: () => nn.batchNormThroughTime(3, 5, misspelt),
  qcfs: () => nn.qcfs(misspelt),
  'crossEntropy (rate)': () => nn.crossEntropy('rate', misspelt),
  'meanSquaredError (rate)': () => nn.meanSquaredError('rate', misspelt),
  meanSquaredErrorOfSpikeTime: () => nn.meanSquaredErrorOfSpikeTime(misspelt),
  crossEntropyOfSpikeTime: () => nn.crossEntropyOfSpikeTime(misspelt),
  adam: () => nn.adam(1e-3, misspelt),
  adamW: () => nn.adamW(1e-3, misspelt),
  adamax: () => nn.adamax(1e-3, misspelt),
  sgd: () => nn.sgd(1e-3, misspelt),
  earlyStopping: () => nn.earlyStopping(misspelt),
  progress: () => nn.progress(misspelt),
  eprop: () => learning.eprop(misspelt),
  ottt: () => learning.ottt({ decay: 0.9, ...misspelt }),
  sltt: () => learning.sltt(misspelt),
  eventprop: () => learning.eventprop(misspelt),
  stdp: () => learning.stdp(misspelt),
  rewardStdp: () => learning.rewardStdp(misspelt),
  cpu: () => cpu(misspelt),
  gpu: () => gpu(misspelt),
  createModel: () => nn.createModel(layer, { backend: b, ...misspelt }),
};

describe('a misspelt option is refused', () => {
  for (const [name, call] of Object.entries(calls))
    test(name, async () => {
      await expect((async () => call())()).rejects.toMatchObject({
        code: 'argument',
        message: expect.stringContaining(`${name}: there is no option 'sharpnes'; `),
      });
    });

  test('in fit and evaluate', async () => {
    const model = await nn.createModel(layer, { backend: b });
    const data = { size: 1, batch: () => ({ inputs: new Float32Array(2), shape: [1, 1, 2], labels: Int32Array.of(0) }) };
    const loss = nn.crossEntropyOverTime();
    const both = [nn.fit(model, data, { loss, optimizer: nn.adam(), ...misspelt }), nn.evaluate(model, data, { loss, ...misspelt })];
    for (const [i, one] of both.entries())
      await expect(one).rejects.toThrow(`${['fit', 'evaluate'][i]}: there is no option 'sharpnes'; there are `);
  });
});

test('the message says what there is', () => {
  expect(() => checkNames('call', { b: 1 }, ['a', 'c'])).toThrow("call: there is no option 'b'; there are a, c.");
  expect(() => checkNames('call', { a: undefined }, ['a'])).not.toThrow();
});
