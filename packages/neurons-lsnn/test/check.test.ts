import { plainCpu } from '@snn/backend-cpu';
import { describe, expect, test } from 'vitest';
import {
  ADA_LIF_NORSE,
  ADAPTIVE_RNNBUILDER,
  ALIF_LSNN2018,
  adaLif,
  adaptive,
  adLif,
  alif,
  LIF_ADEX_NORSE,
  LIF_EX_NORSE,
  LSNN_NORSE,
  LSNN_NORSE_PARAMETERS,
  lifAdex,
  lifEx,
  lsnn,
  seAdLif,
} from '../src/index.ts';

const b = plainCpu();
const PRESETS = [
  [lsnn, [LSNN_NORSE]],
  [adaLif, [ADA_LIF_NORSE]],
  [lifEx, [LIF_EX_NORSE]],
  [lifAdex, [LIF_ADEX_NORSE]],
  [adaptive, [ADAPTIVE_RNNBUILDER]],
  [alif, [ALIF_LSNN2018]],
  [adLif, []],
  [seAdLif, []],
] as const;
const argument = (message: string) => expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });

/** A model with all types forgotten, to be handed anything. */
type Any = typeof lsnn;
const defaults = (model: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries((model as Any).parameters).map(([name, spec]) => [name, spec.default]));
const checking =
  (model: unknown, parameters: object, options: object = {}) =>
  (): void => {
    const { check, options: standard } = model as Any;
    check?.(
      { ...defaults(model), ...parameters } as unknown as typeof LSNN_NORSE_PARAMETERS,
      { ...standard, ...options } as typeof standard,
    );
  };

describe.each(PRESETS.map(([model, presets]) => [model.name, model, presets] as const))('the model %s', (_name, model, presets) => {
  test('accepts its own defaults, begins with states of the right shape and takes a step from them', () => {
    const { check, initialState, step, options, states } = model as unknown as Any;
    const parameters = defaults(model) as unknown as typeof LSNN_NORSE_PARAMETERS;
    const x = b.fromData([0, 0.1, 0.2, 0.3, 0.4, 5], [2, 3]);
    const state = initialState(b, parameters, [2, 3], options);
    expect(Object.keys(state).sort()).toEqual([...states].sort());
    expect(() => check?.(parameters, options, state, x)).not.toThrow();
    const [out, next] = step(b, parameters, state, x, options);
    expect(out.shape).toEqual([2, 3]);
    for (const name of states) expect(next[name].shape).toEqual([2, 3]);
  });
  test('accepts its presets, and refuses options that it does not have', () => {
    for (const preset of presets) expect(checking(model, {}, preset)).not.toThrow();
    expect(checking(model, {}, { resetmode: 'to' })).toThrow(argument(`${model.name}: there is no option 'resetmode'`));
    expect(checking(model, {}, { comparison: '<' })).toThrow(argument(`${model.name}: comparison must be '>' or '>='`));
    expect(checking(model, {}, { detachReset: 1 })).toThrow(argument(`${model.name}: detachReset must be true or false`));
  });
  test('refuses each parameter when it is missing or NaN', () => {
    for (const name of Object.keys(model.parameters)) {
      expect(checking(model, { [name]: undefined })).toThrow(argument(`${model.name}: the parameter ${name} is missing`));
      expect(checking(model, { [name]: Number.NaN })).toThrow(argument(`${model.name}: ${name} is NaN.`));
    }
  });
  test('refuses time constants that are not above 0', () => {
    for (const name of Object.keys(model.parameters).filter((key) => key.startsWith('tau')))
      expect(checking(model, { [name]: 0 })).toThrow(argument(`${model.name}: ${name} is a time constant and must be above 0 s`));
  });
});

test.each([
  [checking(lsnn, {}, { adaptation: 'current' }), "lsnn: adaptation must be 'offset' or 'threshold', but is current."],
  [checking(lsnn, {}, { order: 'sideways' }), "lsnn: order must be 'jump-first' or 'voltage-first'"],
  [checking(lsnn, {}, { decay: 'linear' }), "lsnn: decay must be 'exponential' or 'euler'"],
  [checking(lsnn, {}, { resetMode: 'zero' }), "lsnn: resetMode must be 'subtract' or 'to'"],
  [checking(lsnn, {}, { detachAdaptation: 'no' }), 'lsnn: detachAdaptation must be true or false'],
  [checking(lsnn, {}, { dt: 0 }), 'lsnn: dt must be'],
  [checking(lsnn, { tauAdapt: 1e-4 }, LSNN_NORSE), 'lsnn: an Euler step of dt = 0.001 s is longer than tauAdapt = 0.0001 s'],
  [checking(lifAdex, {}, { order: 'last' }), 'lifAdex: order must be'],
  [checking(alif, {}, { spikeOn: 'next' }), "alif: spikeOn must be 'new' or 'old'"],
  [checking(seAdLif, {}, { surrogate: {} }), 'seAdLif: surrogate must be a surrogate'],
])('refuses %#', (check, message) => {
  expect(check).toThrow(argument(message));
});

test('norse in the form of the threshold begins with the threshold, at rest with the leak', () => {
  const state = lsnn.initialState(b, { ...LSNN_NORSE_PARAMETERS, leak: 0.1, threshold: b.fromData([1, 2], [2]) }, [1, 2], LSNN_NORSE);
  expect([...b.readSync(state.b)]).toEqual([1, 2]);
  expect(b.readSync(state.v)[0]).toBeCloseTo(0.1, 7);
  expect([...b.readSync(state.i)]).toEqual([0, 0]);
});
