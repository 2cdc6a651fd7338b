/** Each workload on each of our engines: its spikes are those of a plain loop, every mode runs and leaves nothing behind. */
import { plainCpu } from '@snn/backend-cpu';
import { expect, test } from 'vitest';
import { compiledEngine } from '../src/engines/compiled.ts';
import { eagerEngine } from '../src/engines/eager.ts';
import { WORKLOADS } from '../src/workloads/index.ts';
import { countByHand } from './by-hand.ts';

for (const workload of WORKLOADS) {
  for (const size of workload.sizes.tiny) {
    const problem = workload.problem(size);
    const byHand = countByHand(workload.id, size, problem);

    test(`${workload.id} ${size.name}: every layer fires, and not always`, () => {
      for (const count of Object.values(byHand)) expect(count).toBeGreaterThan(0);
    });

    for (const mode of size.modes) {
      test.each([eagerEngine, compiledEngine])(`${workload.id} ${size.name}, ${mode}: spikes as counted by hand, $name`, async (engine) => {
        const prepared = await engine.prepare({ workload, size, problem }, mode, 1);
        const before = await prepared.check();
        expect(before.spikes).toEqual(byHand);
        const names = Object.keys(problem.parameters);
        const withGradients = mode !== 'forward' && mode !== 'stream';
        expect(Object.keys(before.gradients)).toEqual(withGradients ? [...names, ...(mode === 'backward-inputs' ? ['inputs'] : [])] : []);
        if (withGradients) expect(Math.max(...Object.values(before.gradients))).toBeGreaterThan(0);
        // what is timed does not change what is checked
        await prepared.run();
        await prepared.run();
        expect(await prepared.check()).toEqual(before);
        prepared.dispose();
      });
    }
  }
}

test('the sizes that count are those of the plan', () => {
  const names = WORKLOADS.flatMap(({ id, sizes }) => sizes.full.map(({ name }) => `${id} ${name}`));
  expect(names).toEqual([
    'W1 100x1x128 r=0.05',
    'W1 100x16x256 r=0.05',
    'W1 100x64x256 r=0.05',
    'W1 25x64x512 r=0.05',
    'W1 500x16x512 r=0.05',
    'W1 500x16x512 r=0.05 triangle',
    'W1 500x16x512 r=0.2',
    'W1 500x16x512 dense numbers',
    'W1 100x16x1024 r=0.05',
    'W2 784-128-10 T=25 B=128',
    'W3 700-256R-256R-20 T=100 B=64',
    'W3 700-256R-256R-20 T=100 B=1',
    'W4 40-100R T=1000 B=64',
    'W5 128-128-10 B=1',
    'W6 LITS 100x16x512',
    'W6 SRLITS 100x16x512',
    'W7 SLSTM(128, 128) T=100 B=32',
    'W8 Adaptive 100x32x256',
    'W9 34x34x2 T=20 B=16',
  ]);
});

test('a step is pure: the same call gives the same values and changes nothing', () => {
  const b = plainCpu();
  for (const workload of WORKLOADS) {
    const size = workload.sizes.tiny[0];
    const problem = workload.problem(size);
    const parameters = Object.fromEntries(Object.entries(problem.parameters).map(([name, x]) => [name, b.fromData(x.data, x.shape)]));
    const shape = problem.inputs.shape.slice(1);
    const x = b.fromData(
      problem.inputs.data.subarray(
        0,
        shape.reduce((n, m) => n * m, 1),
      ),
      shape,
    );
    const state = problem.initialState(b, parameters);
    const read = (): number[][] => {
      const { output, state: next } = problem.step(b, parameters, state, x);
      return [output, ...Object.values(next)].map((y) => [...b.readSync(y)]);
    };
    expect(read()).toEqual(read());
  }
});
