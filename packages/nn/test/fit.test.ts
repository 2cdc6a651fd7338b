// Training end to end on small tasks: learning, reproducibility, memory, stopping, reports.
import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { adam, createModel, crossEntropyOverTime, evaluate, fit, leakyReadout, lif, linear, sequential } from '../src/index.ts';
import { stripes } from './data.ts';

const network = () => sequential(linear(8, 16), lif(16), linear(16, 2), leakyReadout(2));

test('a tiny task is learnt completely', async () => {
  const model = await createModel(network(), { backend: plainCpu(), seed: 1 });
  const loss = crossEntropyOverTime();
  const result = await fit(model, stripes(64), { loss, optimizer: adam(1e-2), epochs: 10, batchSize: 16 });
  expect(result).toMatchObject({ epochs: 10, steps: 40, stopped: false });
  expect((await evaluate(model, stripes(64), { loss })).accuracy).toBe(1);
});
