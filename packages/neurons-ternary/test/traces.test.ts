// Short runs whose numbers were computed by traceTorch 0.19.2, to be followed by hand.

import { reference } from '@snn/backend-conformance';
import { expect, test } from 'vitest';
import { rounding } from '../src/index.ts';
import { modelOf, numbers, runModel, tracetorch } from './models.ts';

const b = reference();
const INPUTS = [1, 0.5, -2, 0, 1.5].map((x) => b.fromData([x], [1, 1]));
const SCALES = { positiveScale: 2, negativeScale: 0.5 };
const DECAYS = { positiveBeta: 0.9, negativeBeta: 0.5 };

type Expected = Readonly<Record<string, readonly number[]>>;

function follow(name: string, given: Readonly<Record<string, number>>, expected: Expected, more: object = {}): void {
  const model = modelOf(name);
  const defaults = Object.fromEntries(Object.entries(model.parameters).map(([key, spec]) => [key, spec.default]));
  const { outputs, states } = runModel(b, model, { ...defaults, ...given }, INPUTS, { ...tracetorch(model), ...more });
  for (const [key, values] of Object.entries(expected)) {
    const computed = numbers(b, key === 'out' ? outputs : states.map((state) => state[key]));
    for (const [t, value] of values.entries()) expect(computed[t], `${name}: ${key} at step ${t}`).toBeCloseTo(value, 5);
  }
}

const SPIKES = { quantizer: rounding() };

test.each<[string, Readonly<Record<string, number>>, Expected, object?]>([
  ['li', {}, { out: [1, 1.4, -0.74, -0.666, 0.9006] }],
  ['liema', {}, { out: [0.1, 0.14, -0.074, -0.0666, 0.09006] }],
  ['sli', {}, { i: [0.5, 0.5, -0.75, -0.375, 0.5625], v: [0.5, 0.95, 0.105, -0.2805, 0.31005] }],
  ['dli', DECAYS, { out: [1, 1.4, -0.74, 0.134, 2.0206], positiveV: [1, 1.4, 1.26, 1.134, 2.5206], negativeV: [0, 0, -2, -1, -0.5] }],
  ['lib', {}, { out: [0.5, 0.450166, 3.7e-5, 6.9e-5, 0.046404], v: [0.5, 0.499834, -1.550187, -1.395237, 0.197883] }],
  ['lib', {}, { out: [0, 1, 0, 0, 0], v: [1, 0.4, -1.64, -1.476, 0.1716] }, SPIKES],
  ['lit', {}, { out: [0.499665, 0.450056, -0.900133, -0.157827, 0.613592], v: [0.500335, 0.500246, -0.649646, -0.426854, 0.50224] }],
  ['lit', {}, { out: [0, 1, -1, 0, 0], v: [1, 0.4, -0.64, -0.576, 0.9816] }, SPIKES],
  ['lits', SCALES, { out: [0.999832, 0.900725, -0.450011, -0.076269, 1.2275], v: [0.500335, 0.500246, -0.649646, -0.426854, 0.50224] }],
  ['lits', SCALES, { out: [0, 2, -0.5, 0, 0] }, SPIKES],
  [
    'slib',
    {},
    {
      out: [0.119203, 0.347708, 0.005389, 0.001338, 0.016162],
      i: [0.5, 0.5, -0.75, -0.375, 0.5625],
      v: [0.380797, 0.49501, -0.30988, -0.65523, -0.043368],
    },
  ],
  ['slits', SCALES, { out: [0.23717, 0.699147, -0.018259, -0.08094, 0.065715], v: [0.38327, 0.495837, -0.251013, -0.434072, 0.145823] }],
  [
    'rlits',
    { ...SCALES, recurrentWeight: 0.3 },
    {
      out: [0.999832, 0.960432, -0.439007, -0.058666, 1.341681],
      r: [0, 0.099983, 0.186028, 0.123525, 0.105306],
      v: [0.500335, 0.500353, -0.61572, -0.392831, 0.507327],
    },
  ],
  [
    'rlib',
    { recurrentWeight: 0.3 },
    {
      out: [0.5, 0.465057, 4.1e-5, 8.4e-5, 0.059763],
      r: [0, 0.05, 0.091506, 0.082359, 0.074132],
      v: [0.5, 0.499943, -1.522641, -1.345753, 0.251299],
    },
  ],
  [
    'dlits',
    { ...SCALES, ...DECAYS },
    {
      out: [0.999832, 1.099995, -0.412943, 0.076666, 1.966936],
      positiveV: [0.750168, 0.900255, 1.223278, 1.084755, 1.984547],
      negativeV: [-0.249832, -0.399812, -1.786858, -0.909624, -0.946544],
    },
  ],
  [
    'dslits',
    { ...SCALES, ...DECAYS, negativeAlpha: 0.25 },
    {
      out: [0.23717, 0.742222, -0.119571, -0.00077, 0.84395],
      positiveI: [0.5, 0.5, 0.25, 0.125, 0.8125],
      negativeI: [0, 0, -1.5, -0.375, -0.09375],
      positiveV: [0.441635, 0.712129, 0.76205, 0.699753, 1.137713],
      negativeV: [-0.058365, -0.214525, -1.236128, -0.854156, -0.637893],
    },
  ],
  [
    'drlits',
    { ...SCALES, ...DECAYS, negativeGamma: 0.5, positiveRecurrentWeight: 0.3, negativeRecurrentWeight: 0.2 },
    {
      out: [0.999832, 1.158975, -0.391575, 0.087747, 1.973331],
      positiveR: [0, 0.099983, 0.205882, 0.185294, 0.175539],
      negativeR: [0, 0, 0, -0.195787, -0.097894],
      positiveV: [0.750168, 0.915493, 1.277423, 1.130358, 2.047285],
      negativeV: [-0.249832, -0.414569, -1.81557, -0.929207, -0.957934],
    },
  ],
  [
    'srlits',
    { ...SCALES, recurrentWeight: 0.3 },
    { out: [0.23717, 0.712155, -0.014022, -0.068643, 0.077592], r: [0, 0.023717, 0.092561, 0.081903, 0.066848] },
  ],
  [
    'dsrlits',
    { ...SCALES, ...DECAYS, negativeAlpha: 0.25, negativeGamma: 0.5, positiveRecurrentWeight: 0.3, negativeRecurrentWeight: 0.2 },
    {
      out: [0.23717, 0.755565, -0.108319, 0.002433, 0.914608],
      positiveR: [0, 0.023717, 0.096902, 0.087212, 0.078734],
      negativeR: [0, 0, 0, -0.05416, -0.02708],
      positiveV: [0.441635, 0.715902, 0.78347, 0.726989, 1.160033],
      negativeV: [-0.058365, -0.217867, -1.248846, -0.862473, -0.659739],
    },
  ],
])('%s %j', (name, given, expected, more) => follow(name, given, expected, more));
