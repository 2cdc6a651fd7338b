// The checker must be able to fail: every kind of wrong number in a golden file has to be noticed.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { derivedTolerance, type FunctionFile, type NamedFile, parseTolerances, type StepFile, type Stored } from './file.ts';
import { readGolden } from './folder.ts';
import { checkFile, type FileReport, judge } from './golden.ts';

const files = readGolden(join(import.meta.dirname, 'vectors'));
const file = (name: string): NamedFile => {
  const found = files.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no golden file ${name}`);
  return structuredClone(found);
};

type Writable<X> = { -readonly [K in keyof X]: Writable<X[K]> };
const steps = (named: NamedFile): Writable<StepFile> => named.content as Writable<StepFile>;
const functions = (named: NamedFile): Writable<FunctionFile> => named.content as Writable<FunctionFile>;
/** Change the first number that is not 0, relatively. */
const nudge = (x: Writable<Stored> | null, by: number): void => {
  if (x === null || typeof x === 'number') throw new Error('not a tensor');
  const n = x.data.findIndex((value) => value !== null && Math.abs(value) > 0.01);
  x.data[n] = (x.data[n] as number) * (1 + by);
};
const verdict = async (named: NamedFile): Promise<string> => (await checkFile(named)).problems.join('\n');

describe('a file is failed when', () => {
  const recurrent = 'norse-jf-lif-step-perneuron.json';
  test('nothing: the unchanged files pass', async () => {
    expect(await verdict(file(recurrent))).toBe('');
    expect(await verdict(file('surrogates-snntorch.json'))).toBe('');
  });
  test('a spike is elsewhere', async () => {
    const named = file(recurrent);
    const { data } = steps(named).outputs.out;
    data[data.indexOf(1)] = 0;
    expect(await verdict(named)).toMatch(/float32: out at step \d+: 1 spikes differ/);
    expect(await verdict(named)).toMatch(/float64: out at step \d+: 1 spikes differ/);
  });
  test('a state is off by more than its tolerance, in either precision', async () => {
    const named = file(recurrent);
    nudge(steps(named).outputs.states.v, 1e-4);
    expect(await verdict(named)).toMatch(/float32: state v at step \d+ is off/);
    const slightly = file(recurrent);
    nudge(steps(slightly).outputs.states.i, 1e-10);
    expect(await verdict(slightly)).toMatch(/^float64: state i at step \d+ is off by .*, allowed is 1e-12$/);
  });
  test('the final state is off', async () => {
    const named = file('norse-vf-lif-ff-integral.json');
    nudge(steps(named).outputs.finalState.i, 1e-3);
    expect(await verdict(named)).toContain('float32: final state i is off');
  });
  test.each(['inputs', 'weights', 'params', 'initialState'])('a gradient of the %s is off', async (group) => {
    const named = file(recurrent);
    const gradients = steps(named).gradients as NonNullable<Writable<StepFile['gradients']>>;
    nudge(Object.values(gradients[group])[0], 1e-8);
    expect(await verdict(named)).toMatch(new RegExp(`^float64: gradient of ${group}\\.\\w+ is off by .* of its largest entry`));
  });
  test('the detached twin has the gradients of the attached one', async () => {
    const named = file('norse-vf-lif-step-default-nodetach.json');
    steps(named).gradients = steps(file('norse-vf-lif-step-default-detach.json')).gradients;
    expect(await verdict(named)).toContain('float32: gradient of');
  });
  test('something is connected that should not be', async () => {
    const named = file(recurrent);
    const gradients = steps(named).gradients as NonNullable<Writable<StepFile['gradients']>>;
    gradients.params.v_th = null;
    expect(await verdict(named)).toContain('float64: gradient of params.v_th is off');
  });
  test('a surrogate is off', async () => {
    const named = file('surrogates-norse.json');
    nudge(functions(named).entries[3].gradients?.x ?? null, 1e-2);
    expect(await verdict(named)).toContain('float32: entry 3 (norse.threshold): gradient of x is off');
  });
  test('the config asks for what nobody built', async () => {
    const named = file(recurrent);
    steps(named).config.order = 'sideways';
    expect(await verdict(named)).toContain("order 'sideways' is not built");
  });
  test('a state that the file has is not computed', async () => {
    const named = file('rnnbuilder-lif.json');
    const { states } = steps(named).outputs;
    states.other = states.mem;
    expect(await verdict(named)).toContain('state other was not computed');
  });
});

describe('judge', () => {
  const report = (model: string, status: FileReport['status']): FileReport => ({ name: `${model}.json`, model, status, problems: [] });
  const reports = [report('a', 'passed'), report('b', 'failed'), report('c', 'not built')];
  test('a missing model fails unless it is expected to be missing', async () => {
    expect(judge(reports, new Set())).toMatchObject({ passed: 1, failed: 2, notBuilt: 0, problems: [] });
    expect(judge(reports, new Set(['c']))).toMatchObject({ passed: 1, failed: 1, notBuilt: 1, problems: [] });
  });
  test('a model that is built may not stay on the list', async () => {
    const { failed, problems } = judge(reports, new Set(['a', 'c']));
    expect(failed).toBe(2);
    expect(problems).toEqual(['a is built, but listed as not built: take it off the list.']);
  });
});

describe('tolerances', () => {
  test('come from the table of the README', async () => {
    const table = parseTolerances('| file | tolerance |\n|---|---|\n| a-b.json | x.y | B | words | yes | 1e-12 / 7e-06 |\nb.json 1 / 2');
    expect([...table]).toEqual([['a-b.json', 7e-6]]);
    expect(file('norse-jf-lif-step-changed.json').tolerance32).toBe(7e-6);
  });
  test('are four times the loss of the origin, and at least 2e-6, for other files', async () => {
    const { content } = file('norse-vf-lif-step-bio-literal.json');
    expect(derivedTolerance(content)).toBeCloseTo(4 * 0.02718026313232258, 12);
    expect(derivedTolerance(file('rnnbuilder-lif.json').content)).toBe(2e-6);
  });
});
