import { plainCpu } from '@snn/backend-cpu';
import { describe, expect, test } from 'vitest';
import {
  cooldown,
  discontinuous,
  integrateAndFire,
  LEAKY_RNNBUILDER,
  LEAKY_SNNTORCH,
  LEAKY_SNNTORCH_ZERO,
  LEAKY_SNNTORCH07,
  LEAKY_SNNTORCH07_ZERO,
  LEAKY_TRACETORCH,
  LIF_NORSE,
  LIF_NORSE_VOLTAGE_FIRST,
  leaky,
  li,
  liBox,
  lif,
  lifBox,
  noReset,
  SYNAPTIC_SNNTORCH,
  synaptic,
} from '../src/index.ts';

const b = plainCpu();
const MODELS = [cooldown, discontinuous, integrateAndFire, leaky, li, liBox, lif, lifBox, noReset, synaptic] as const;
const defaults = (parameters: object): Record<string, number> =>
  Object.fromEntries(Object.entries(parameters as Record<string, { default: number }>).map(([name, spec]) => [name, spec.default]));

const lifParameters = { tau: 0.01, tauSynapse: 0.005, leak: 0, threshold: 1, reset: 0 };
const lifCheck =
  (parameters: object, options: object = {}) =>
  (): void =>
    lif.check?.({ ...lifParameters, ...parameters } as typeof lifParameters, { ...lif.options, ...options } as typeof lif.options);
const leakyCheck = (options: object) => (): void =>
  leaky.check?.({ beta: 0.9, threshold: 1 }, { ...leaky.options, ...options } as typeof leaky.options);
const argument = (message: string) => expect.objectContaining({ code: 'argument', message: expect.stringContaining(message) });

describe.each(MODELS.map((model) => [model.name, model] as const))('the model %s', (_name, model) => {
  test('accepts its own defaults, begins with states of the right shape and takes a step from them', () => {
    const { check, initialState, step } = model as unknown as typeof lif;
    const parameters = defaults(model.parameters) as unknown as typeof lifParameters;
    const options = model.options as typeof lif.options;
    const x = b.fromData([0, 0.1, 0.2, 0.3, 0.4, 5], [2, 3]);
    const state = initialState(b, parameters, [2, 3], options);
    expect(Object.keys(state)).toEqual([...model.states]);
    expect(() => check?.(parameters, options, state, x)).not.toThrow();
    const [out, next] = step(b, parameters, state, x, options);
    expect(out.shape).toEqual([2, 3]);
    for (const name of model.states) expect((next as Record<string, typeof x>)[name].shape).toEqual([2, 3]);
  });
});

describe('check', () => {
  test('accepts every preset', () => {
    for (const preset of [LIF_NORSE, LIF_NORSE_VOLTAGE_FIRST]) expect(lifCheck({}, preset)).not.toThrow();
    for (const preset of [LEAKY_SNNTORCH, LEAKY_SNNTORCH_ZERO, LEAKY_SNNTORCH07, LEAKY_SNNTORCH07_ZERO, LEAKY_RNNBUILDER, LEAKY_TRACETORCH])
      expect(leakyCheck(preset)).not.toThrow();
    expect(() => synaptic.check?.({ alpha: 0.5, beta: 0.5, threshold: 1 }, SYNAPTIC_SNNTORCH)).not.toThrow();
  });
  test.each([
    [lifCheck({ tau: Number.NaN }), 'lif: tau is NaN.'],
    [lifCheck({ tau: 0 }), 'lif: tau is a time constant and must be above 0 s, but is 0.'],
    [lifCheck({ tauSynapse: -1e-3 }), 'lif: tauSynapse is a time constant'],
    [lifCheck({ threshold: Number.NaN }), 'lif: threshold is NaN.'],
    [lifCheck({ leak: undefined }), 'lif: the parameter leak is missing'],
    [lifCheck({}, { dt: 0 }), 'lif: dt must be a finite number of seconds above 0, but is 0.'],
    [lifCheck({}, { dt: Number.NaN }), 'lif: dt must be'],
    [lifCheck({}, { order: 'sideways' }), "lif: order must be 'jump-first' or 'voltage-first', but is sideways."],
    [lifCheck({}, { resetMode: 'zero' }), "lif: resetMode must be 'subtract' or 'to', but is zero."],
    [lifCheck({}, { comparison: '<' }), 'lif: comparison must be'],
    [lifCheck({}, { detachReset: 1 }), 'lif: detachReset must be true or false'],
    [lifCheck({}, { surrogate: {} }), 'lif: surrogate must be a surrogate with a function `derivative`'],
    [lifCheck({}, { resetmode: 'to' }), "lif: there is no option 'resetmode'; there are dt, order"],
    [lifCheck({}, { decay: 'euler', dt: 6e-3 }), 'lif: an Euler step of dt = 0.006 s is longer than tauSynapse = 0.005 s'],
    [leakyCheck({ resetTiming: 'later' }), 'leaky: resetTiming must be'],
  ])('refuses %#', (check, message) => {
    expect(check).toThrow(argument(message));
  });
  test('an exponential step may be longer than the time constant', () => {
    expect(lifCheck({}, { dt: 1 })).not.toThrow();
  });
  test('refuses states and parameters that do not fit the input', () => {
    const zeros = (shape: number[]) => b.fromData(new Array(shape.reduce((n, m) => n * m, 1)).fill(0), shape);
    const x = zeros([2, 3]);
    const shape = (message: string) => expect.objectContaining({ code: 'shape', message: expect.stringContaining(message) });
    const check =
      (v: ReturnType<typeof zeros>, threshold: number | ReturnType<typeof zeros> = 1) =>
      () =>
        leaky.check?.({ beta: 0.9, threshold }, leaky.options, { v }, x);
    expect(check(x, zeros([3]))).not.toThrow();
    expect(check(zeros([1, 3]))).toThrow(shape('leaky: the state variable v has shape [1, 3], but the input has [2, 3]'));
    expect(check(x, zeros([4, 2, 3]))).toThrow(shape('leaky: threshold of shape [4, 2, 3] is larger than the input of shape [2, 3].'));
    expect(check(x, zeros([4]))).toThrow(shape('do not broadcast'));
    expect(() => leaky.check?.({ beta: 0.9, threshold: 1 }, leaky.options, {} as { v: typeof x }, x)).toThrow(
      argument('leaky: the state variable v is missing'),
    );
  });
});
