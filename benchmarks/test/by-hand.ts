/**
 * The workloads once more, as plain loops over numbers, rounded to float32 after each operation: what their steps are compared with. Written
 * from the equations, sharing nothing with the steps but inputs and parameters.
 */
import type { Values } from '../src/generator.ts';
import type { Named, Problem, Size } from '../src/workload.ts';

const f = Math.fround;
const NINE_TENTHS = f(0.9);

/** Spikes by layer over all steps. */
export type Counts = Record<string, number>;

/** x W + b for one sample; `x` are inputs, W is [inputs, outputs]. */
function affine(x: ArrayLike<number>, weight: Values, bias?: Values): number[] {
  const [inputs, outputs] = weight.shape;
  return Array.from({ length: outputs }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum = f(sum + f(x[i] * weight.data[i * outputs + j]));
    return bias ? f(sum + bias.data[j]) : sum;
  });
}

/** The common neuron; changes `v`. */
function fire(v: number[], current: readonly number[]): number[] {
  return current.map((c, j) => {
    const u = f(f(NINE_TENTHS * v[j]) + c);
    const z = f(u - 1) > 0 ? 1 : 0;
    v[j] = z ? f(u - 1) : u;
    return z;
  });
}

const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
const plus = (x: readonly number[], y: readonly number[]): number[] => x.map((a, i) => f(a + y[i]));
const logistic = (x: number): number => f(1 / (1 + Math.exp(-x)));

/** Valid convolution of images [C, H, W] with weights [O, C, 5, 5]. */
function convolve(x: readonly number[], side: number, weight: Values, bias: Values): number[] {
  const [o, c, k] = weight.shape;
  const out = side - k + 1;
  const y: number[] = [];
  for (let q = 0; q < o; q++)
    for (let r = 0; r < out; r++)
      for (let s = 0; s < out; s++) {
        let total = 0;
        for (let p = 0; p < c; p++)
          for (let i = 0; i < k; i++)
            for (let j = 0; j < k; j++)
              total = f(total + f(x[(p * side + r + i) * side + s + j] * weight.data[((q * c + p) * k + i) * k + j]));
        y.push(f(total + bias.data[q]));
      }
  return y;
}

/** Mean of 2 x 2 windows of images of `side` pixels. */
function pool(x: readonly number[], side: number): number[] {
  const half = Math.floor(side / 2);
  const y: number[] = [];
  for (let c = 0; c < x.length / side ** 2; c++)
    for (let r = 0; r < half; r++)
      for (let s = 0; s < half; s++) {
        const at = (i: number, j: number): number => x[(c * side + 2 * r + i) * side + 2 * s + j];
        y.push(f(f(f(f(at(0, 0) + at(0, 1)) + at(1, 0)) + at(1, 1)) / 4));
      }
  return y;
}

/** One sample of a workload: a function that takes the input of one step and returns the spikes of each layer. */
type Sample = (x: ArrayLike<number>) => Record<string, number[]>;

/** Make a sample in its initial state. */
const SAMPLES: Readonly<Record<string, (p: Named<Values>, size: Size) => Sample>> = {
  W1: (p, { n }) => {
    const v = zeros(n);
    return (x) => ({ output: fire(v, affine(x, p.weight, p.bias)) });
  },
  W2: (p, { n }) => {
    const [v1, v2] = [zeros(n), zeros(10)];
    return (x) => {
      const hidden = fire(v1, affine(x, p.weight1, p.bias1));
      return { hidden, output: fire(v2, affine(hidden, p.weight2, p.bias2)) };
    };
  },
  W3: (p, { n }) => {
    const [v1, v2] = [zeros(n), zeros(n)];
    let [hidden1, hidden2] = [zeros(n), zeros(n)];
    return (x) => {
      hidden1 = fire(v1, plus(affine(x, p.weight1, p.bias1), affine(hidden1, p.recurrent1)));
      hidden2 = fire(v2, plus(affine(hidden1, p.weight2, p.bias2), affine(hidden2, p.recurrent2)));
      return { hidden1, hidden2 };
    };
  },
  W4: (p, { n }) => {
    const [v, a] = [zeros(n), zeros(n)];
    let z = zeros(n);
    return (x) => {
      const current = plus(affine(x, p.weight, p.bias), affine(z, p.recurrent));
      z = current.map((c, j) => {
        const u = f(f(NINE_TENTHS * v[j]) + c);
        const fired = f(u - f(f(a[j] * f(1.8)) + 1)) > 0 ? 1 : 0;
        v[j] = f(u - fired);
        a[j] = f(f(a[j] * f(0.995)) + f(fired * f(0.005)));
        return fired;
      });
      return { output: z };
    };
  },
  W6: (p, { n, variant }) => {
    const [v, s, r, y] = [zeros(n), zeros(n), zeros(n), zeros(n)];
    const traces = variant === 'SRLITS';
    const value = (name: string, j: number, of: (x: number) => number): number => f(of(p[name].data[j]));
    const softplus = (x: number): number => Math.log1p(Math.exp(x));
    // half to even
    const round = (x: number): number => (x === 0.5 ? 0 : Math.round(x));
    return (x) => ({
      output: Array.from({ length: n }, (_, j) => {
        const up = value('positive', j, softplus);
        const down = value('negative', j, softplus);
        const bias = value('bias', j, Math.asinh);
        let current = x[j];
        if (traces) {
          const alpha = value('alpha', j, logistic);
          const gamma = value('gamma', j, logistic);
          s[j] = f(f(alpha * s[j]) + f(f(1 - alpha) * x[j]));
          r[j] = f(f(gamma * r[j]) + f(f(1 - gamma) * y[j]));
          current = s[j];
        }
        let u = f(f(value('beta', j, logistic) * v[j]) + current);
        if (traces) u = f(u + f(p.recurrent.data[j] * r[j]));
        const positive = round(logistic(4 * f(f(u - up) + bias)));
        const negative = -round(logistic(4 * f(f(-down - u) - bias)));
        v[j] = f(f(u - f(positive * up)) - f(negative * down));
        y[j] = f(f(positive * p.positiveScale.data[j]) + f(negative * p.negativeScale.data[j]));
        return positive - negative;
      }),
    });
  },
  W7: (p, { n }) => {
    const [h, m] = [zeros(n), zeros(n)];
    return (x) => {
      const gates = plus(affine(x, p.inputWeight, p.inputBias), affine([...h], p.hiddenWeight, p.hiddenBias));
      const [i, g, o] = [0, 2, 3].map((k) => gates.slice(k * n, (k + 1) * n));
      const forget = gates.slice(n, 2 * n);
      return {
        output: Array.from({ length: n }, (_, j) => {
          m[j] = f(f(logistic(forget[j]) * m[j]) + f(logistic(i[j]) * f(Math.tanh(g[j]))));
          h[j] = f(logistic(o[j]) * f(Math.tanh(m[j])));
          return f(h[j] - f(0.1)) > 0 ? 1 : 0;
        }),
      };
    };
  },
  W8: (p, { n }) => {
    const v = [...p.initial.data];
    const a = zeros(n);
    const beta = f(Math.exp(-0.2));
    return (x) => ({
      output: Array.from({ length: n }, (_, j) => {
        const theta = f(a[j] + 1);
        const z = f(f(v[j] - theta) / theta) > 0 ? 1 : 0;
        v[j] = f(f(f(v[j] * beta) + x[j]) - f(z * theta));
        a[j] = f(f(a[j] * beta) + f(z * 0.25));
        return z;
      }),
    });
  },
  W9: (p, { n, variant }) => {
    const channels = Number(variant);
    const first = n - 4;
    const second = Math.floor(first / 2) - 4;
    const [v1, v2, v3] = [zeros(channels * first ** 2), zeros(2 * channels * second ** 2), zeros(10)];
    return (x) => {
      const conv1 = fire(v1, convolve(Array.from(x), n, p.weight1, p.bias1));
      const conv2 = fire(v2, convolve(pool(conv1, first), Math.floor(first / 2), p.weight2, p.bias2));
      return { conv1, conv2, output: fire(v3, affine(conv2, p.weight3, p.bias3)) };
    };
  },
};

/** Count the spikes of a case. */
export function countByHand(workload: string, size: Size, { inputs, parameters }: Problem): Counts {
  const make = SAMPLES[workload === 'W5' ? 'W2' : workload];
  const width = inputs.data.length / (size.T * size.B);
  const totals: Counts = {};
  for (let b = 0; b < size.B; b++) {
    const sample = make(parameters, size);
    for (let t = 0; t < size.T; t++) {
      const from = (t * size.B + b) * width;
      for (const [name, z] of Object.entries(sample(inputs.data.subarray(from, from + width)))) totals[name] = (totals[name] ?? 0) + sum(z);
    }
  }
  return totals;
}
