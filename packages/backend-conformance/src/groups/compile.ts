/** Compiling: that the claim and the function agree, and that a compiled step gives what the step gives, operation by operation. */
import { autodiff } from '@snn/autodiff';
import { traceStep } from '@snn/compile';
import { at, type Backend, linear, stack, stopGradient, type TensorMeta } from '@snn/core';
import type { Context, Group } from '../case.ts';
import { check, checkNumbers } from '../check.ts';
import { COMPILE } from '../needs.ts';
import { random } from '../samples.ts';

const STEPS = 6;
const SHAPES = { w: [5, 7], r: [7, 7], v: [3, 7], z: [3, 7], x: [STEPS, 3, 5] } as const;

/** A recurrent layer that leaks, fires and resets. */
const layer = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { v: U; z: U }, x: U): readonly [U, { v: U; z: U }] => {
  const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
  const z = b.gt(u, 1);
  return [b.mul(u, u), { v: b.sub(u, stopGradient(b, z)), z }];
};

/** The layer over time, compiled and step by step: outputs, last states, gradients of parameters and first states. */
async function both<T extends TensorMeta>({
  bare,
  seed,
}: Context<T>): Promise<{ compiled: ArrayLike<number>[]; plain: ArrayLike<number>[] }> {
  const make = (name: keyof typeof SHAPES): T => bare.fromData(random(seed, `compiled ${name}`, SHAPES[name]).data, [...SHAPES[name]]);
  const [w, r, v, z, x] = (['w', 'r', 'v', 'z', 'x'] as const).map(make);
  const g = bare.fromData(random(seed, 'compiled g', [STEPS, 3, 7]).data, [STEPS, 3, 7]);
  const none = bare.mul(v, 0);

  const program = traceStep('layer', layer as never, { w, r }, { v, z }, { shape: [3, 5], dtype: 'float32' });
  const executable = await (bare.compile as NonNullable<typeof bare.compile>)(program, STEPS);
  const run = executable.run([w, r], [v, z], x);
  const pulled = executable.pullback(g, [none, none], true);
  const compiled = [run.outputs, ...run.states, ...pulled.parameters, ...pulled.states, pulled.inputs as T];

  const ad = autodiff(bare);
  const [pw, pr, pv, pz] = [w, r, v, z].map((t) => ad.variable(t));
  const xs = Array.from({ length: STEPS }, (_, t) => ad.variable(at(bare, x, t)));
  let state = { v: pv, z: pz };
  const outputs = xs.map((input) => {
    const [output, next] = layer(ad, { w: pw, r: pr }, state, input);
    state = next;
    return output;
  });
  const cotangents = outputs.map((_, t) => at(bare, g, t));
  const gradients = ad.backward(outputs, cotangents, [pw, pr, pv, pz, ...xs]).map((gradient) => gradient as T);
  const plain = [stack(ad, outputs).value, state.v.value, state.z.value, ...gradients.slice(0, 4), stack(bare, gradients.slice(4))];
  const read = (tensors: readonly T[]): Promise<ArrayLike<number>[]> => Promise.all(tensors.map((t) => bare.read(t)));
  const result = { compiled: await read(compiled), plain: await read(plain) };
  executable.dispose();
  return result;
}

export const compile: Group = {
  name: 'compile',
  cases: [
    {
      name: 'compile exists if and only if it is claimed',
      run({ bare, supports }) {
        check(
          (bare.compile !== undefined) === (supports.compile !== 'none'),
          `supports.compile is '${supports.compile}', but compile is ${bare.compile ? 'present' : 'absent'}.`,
        );
      },
    },
    {
      name: 'a compiled recurrent step gives the outputs and states of the step, one by one',
      needs: COMPILE,
      async run(context) {
        const { compiled, plain } = await both(context);
        const slack = (k: number) => (i: number) => 100 * context.supports.relativeError * (1 + Math.abs(plain[k][i]));
        for (let k = 0; k < 3; k++) checkNumbers(context, ['outputs', 'membrane', 'spikes'][k], compiled[k], plain[k], slack(k));
      },
    },
    {
      name: 'a compiled recurrent step gives the gradients of the step, up to the order of sums',
      needs: COMPILE,
      async run(context) {
        const { compiled, plain } = await both(context);
        for (let k = 3; k < plain.length; k++) {
          let largest = 0;
          for (let i = 0; i < plain[k].length; i++) largest = Math.max(largest, Math.abs(plain[k][i]));
          check(largest > 0, `gradient ${k - 3}: expected numbers other than 0.`);
          for (let i = 0; i < plain[k].length; i++) {
            const error = Math.abs(compiled[k][i] - plain[k][i]);
            check(
              error <= 1000 * context.supports.relativeError * largest,
              `gradient ${k - 3}: expected ${plain[k][i]} at index ${i}, got ${compiled[k][i]}.`,
            );
          }
        }
      },
    },
  ],
};
