/**
 * Gradients: the derivative that `autodiff` takes on the backend, along one random direction, against a central difference of the same
 * function on the float64 oracle. So only the backend's own rounding is allowed for, not the difference's.
 */
import { autodiff } from '@snn/autodiff';
import {
  avgPool2d,
  type Backend,
  callOp,
  conv2d,
  logSoftmax,
  maxPool2d,
  OP_NAMES,
  sigmoid,
  softmax,
  softplus,
  sumAll,
  type TensorMeta,
} from '@snn/core';
import type { Case, Context, Group } from '../case.ts';
import { check, checkMeta, checkNumbers, type Data } from '../check.ts';
import { CALLS, random, randomNumbers } from '../samples.ts';

/** A function of tensors on any backend. */
type Function = <T extends TensorMeta>(b: Backend<T>, inputs: readonly T[]) => T;

/** Half the step of the central difference: its error in double precision is then about 1e-10. */
const STEP = 2 ** -17;

/** One number of a function's result: the sum of its elements, each with a weight of its own. */
function weighted<T extends TensorMeta>(b: Backend<T>, y: T, seed: number): T {
  const size = y.shape.reduce((n, m) => n * m, 1);
  return sumAll(b, b.mul(y, b.fromData(randomNumbers(seed, 'weights', size), y.shape)));
}

async function checkGradient<T extends TensorMeta>(c: Context<T>, what: string, f: Function, inputs: readonly Data[]): Promise<void> {
  const { b, float64, seed, supports } = c;
  const directions = inputs.map(({ shape }, i) => random(seed, `direction ${i}`, shape).data);
  const at = (step: number): number => {
    const moved = inputs.map(({ data, shape }, k) =>
      float64.fromData(
        data.map((x, i) => x + step * directions[k][i]),
        shape,
      ),
    );
    return float64.readSync(weighted(float64, f(float64, moved), seed))[0];
  };
  const difference = (at(STEP) - at(-STEP)) / (2 * STEP);

  const ad = autodiff(b);
  const variables = inputs.map(({ data, shape }) => ad.variable(b.fromData(data, shape)));
  const gradients = ad.backward([weighted(ad, f(ad, variables), seed)], [b.fromData([1], [])], variables);
  let derivative = 0;
  let size = 0;
  for (let k = 0; k < gradients.length; k++) {
    const gradient = gradients[k];
    if (gradient === null) continue;
    checkMeta(`${what}, input ${k}`, gradient, { shape: inputs[k].shape, dtype: 'float32' });
    (await b.read(gradient)).forEach((x: number, i: number) => {
      derivative += x * directions[k][i];
      size += Math.abs(x * directions[k][i]);
    });
  }
  const allowed = 64 * supports.relativeError * size + 1e-8 * Math.max(1, Math.abs(difference));
  check(
    Math.abs(derivative - difference) <= allowed,
    `${what}: expected a derivative of ${difference} within ${allowed.toExponential(2)} along a random direction, got ${derivative}.`,
  );
}

const ofOperations = OP_NAMES.map(
  (op): Case => ({
    name: `gradient of ${op}`,
    run<T extends TensorMeta>(c: Context<T>): Promise<void> {
      const { inputs, attributes } = CALLS[op];
      // conditions of `where` have no gradient and may not be moved
      const fixed = op === 'where' ? 1 : 0;
      return checkGradient(
        c,
        `gradient of ${op}`,
        (b, xs) => {
          const still = (inputs as readonly Data[]).slice(0, fixed).map((x) => b.fromData(x.data, x.shape));
          return callOp(b, op, [...still, ...xs], attributes);
        },
        (inputs as readonly Data[]).slice(fixed),
      );
    },
  }),
);

const composed = (name: string, f: Function, shapes: readonly (readonly number[])[]): Case => ({
  name: `gradient of ${name}`,
  run: (c) =>
    checkGradient(
      c,
      `gradient of ${name}`,
      f,
      shapes.map((shape, i) => random(c.seed, `${name} ${i}`, shape)),
    ),
});

export const gradients: Group = {
  name: 'gradients',
  cases: [
    ...ofOperations,
    composed('an operand that is stretched', (b, [x, y]) => b.mul(b.add(x, y), b.sub(y, x)), [
      [3, 1, 2],
      [4, 1],
    ]),
    composed('an operand that is used twice', (b, [x]) => b.mul(b.mul(x, x), b.exp(x)), [[5]]),
    composed('a batched product', (b, [x, y]) => b.matmul(x, y), [
      [2, 3, 4],
      [2, 4, 2],
    ]),
    composed('sigmoid', (b, [x]) => sigmoid(b, x), [[7]]),
    composed('softplus', (b, [x]) => softplus(b, x), [[7]]),
    composed('softmax', (b, [x]) => softmax(b, x), [[3, 4]]),
    composed('logSoftmax', (b, [x]) => logSoftmax(b, x, 0), [[3, 4]]),
    composed('a convolution', (b, [x, w]) => conv2d(b, x, w, { stride: 2, padding: 1 }), [
      [1, 2, 5, 5],
      [3, 2, 3, 3],
    ]),
    composed('mean pooling', (b, [x]) => avgPool2d(b, b.mul(x, x), 2, 1), [[1, 2, 4, 3]]),
    composed('max pooling', (b, [x]) => maxPool2d(b, b.mul(x, x), 2), [[1, 2, 5, 4]]),
    composed('a convolution twice', (b, [x, w]) => conv2d(b, conv2d(b, x, w, { padding: 1 }), w, { dilation: 2, padding: 1 }), [
      [2, 2, 5, 4],
      [2, 2, 3, 2],
    ]),
    {
      name: 'second derivative by nesting',
      async run(c) {
        // (x^3)'' = 6 x, (e^x x)'' = e^x (x + 2)
        const { b, supports } = c;
        const inner = autodiff(b);
        const outer = autodiff(inner);
        const data = [0.5, 1.25, -0.75];
        const x = inner.variable(b.fromData(data, [3]));
        const y = outer.variable(x);
        const value = sumAll(outer, outer.add(outer.mul(outer.mul(y, y), y), outer.mul(outer.exp(y), y)));
        const [first] = outer.backward([value], [inner.fromData([1], [])], [y]);
        check(first !== null, 'first derivative: expected a tensor, got null.');
        const [second] = inner.backward([sumAll(inner, first)], [b.fromData([1], [])], [x]);
        check(second !== null, 'second derivative: expected a tensor, got null.');
        const want = data.map((v) => 6 * v + Math.exp(v) * (v + 2));
        const slack = (i: number): number => 64 * supports.relativeError * (1 + Math.abs(want[i]));
        const got = await b.read(second);
        for (let i = 0; i < want.length; i++)
          check(
            Math.abs(got[i] - want[i]) <= slack(i),
            `second derivative at ${data[i]}: expected ${want[i]} within ${slack(i)}, got ${got[i]}.`,
          );
        checkNumbers(c, 'the variable after two derivatives', await b.read(x.value), data);
      },
    },
  ],
};
