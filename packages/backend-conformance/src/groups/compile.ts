/**
 * Compiling: that the claim and the function agree, that a compiled step gives what the step gives, operation by operation, by every strategy for
 * gradients, and that a run depends on nothing but what it is given.
 */
import { autodiff } from '@snn/autodiff';
import { checkpoint, none, scheduled, store, traceStep, truncated } from '@snn/compile';
import {
  at,
  type Backend,
  type Executable,
  type GradientStrategy,
  linear,
  type StepProgram,
  stack,
  stopGradient,
  type TensorMeta,
} from '@snn/core';
import type { Context, Group } from '../case.ts';
import { check, checkNumbers, checkThrows } from '../check.ts';
import { COMPILE, EXACT_COMPILE } from '../needs.ts';
import { random } from '../samples.ts';

const STEPS = 6;
const SHAPES = {
  w: [5, 7],
  r: [7, 7],
  v: [3, 7],
  z: [3, 7],
  x: [STEPS, 3, 5],
  g: [STEPS, 3, 7],
  'h of v': [3, 7],
  'h of z': [3, 7],
} as const;

/** A recurrent layer that leaks, fires and resets. */
const layer = <U extends TensorMeta>(b: Backend<U>, p: { w: U; r: U }, s: { v: U; z: U }, x: U): readonly [U, { v: U; z: U }] => {
  const u = b.add(b.mul(s.v, 0.9), b.add(linear(b, x, p.w), b.matmul(s.z, p.r)));
  const z = b.gt(u, 1);
  return [b.mul(u, u), { v: b.sub(u, stopGradient(b, z)), z }];
};

/** What a run and its gradients are given. */
interface Given<T> {
  readonly parameters: readonly [w: T, r: T];
  readonly states: readonly [v: T, z: T];
  readonly inputs: T;
  readonly g: T;
  readonly h: readonly [T, T];
}

function draw<T extends TensorMeta>({ bare, seed }: Context<T>, which = ''): Given<T> {
  const make = (name: keyof typeof SHAPES): T =>
    bare.fromData(random(seed, `compiled ${name}${which}`, SHAPES[name]).data, [...SHAPES[name]]);
  return {
    parameters: [make('w'), make('r')],
    states: [make('v'), make('z')],
    inputs: make('x'),
    g: make('g'),
    h: [make('h of v'), make('h of z')],
  };
}

function traced(): StepProgram {
  const meta = (name: keyof typeof SHAPES): TensorMeta => ({ shape: SHAPES[name], dtype: 'float32' });
  return traceStep('layer', layer, { w: meta('w'), r: meta('r') }, { v: meta('v'), z: meta('z') }, { shape: [3, 5], dtype: 'float32' });
}

const compiled = <T extends TensorMeta>({ bare }: Context<T>, gradient?: GradientStrategy): Promise<Executable<T>> =>
  (bare.compile as NonNullable<typeof bare.compile>)(traced(), STEPS, gradient);

/** Names of the numbers of a run: three of the forward pass, then gradients. */
const RESULTS = ['outputs', 'membrane', 'spikes', 'gradient of w', 'gradient of r', 'gradient of v', 'gradient of z', 'gradient of inputs'];
const FORWARD = 3;
type Numbers = readonly ArrayLike<number>[];

const readAll = <T extends TensorMeta>({ bare }: Context<T>, tensors: readonly T[]): Promise<Numbers> =>
  Promise.all(tensors.map((t) => bare.read(t)));

/** Run an executable and take its gradients. */
async function numbersOf<T extends TensorMeta>(c: Context<T>, executable: Executable<T>, given: Given<T>): Promise<Numbers> {
  const { outputs, states } = executable.run(given.parameters, given.states, given.inputs);
  const pulled = executable.pullback(given.g, given.h, true);
  return readAll(c, [outputs, ...states, ...pulled.parameters, ...pulled.states, pulled.inputs as T]);
}

/** The same numbers from an executable of its own. */
async function fresh<T extends TensorMeta>(c: Context<T>, given: Given<T>, gradient?: GradientStrategy): Promise<Numbers> {
  const executable = await compiled(c, gradient);
  const numbers = await numbersOf(c, executable, given);
  executable.dispose();
  return numbers;
}

/** The same numbers from the step in a loop; its states are cut off the gradient every `cut` steps. */
async function inLoop<T extends TensorMeta>(c: Context<T>, { parameters, states, inputs, g, h }: Given<T>, cut: number): Promise<Numbers> {
  const { bare } = c;
  const ad = autodiff(bare);
  const [pw, pr, pv, pz] = [...parameters, ...states].map((t) => ad.variable(t));
  const xs = Array.from({ length: STEPS }, (_, t) => ad.variable(at(bare, inputs, t)));
  let state = { v: pv, z: pz };
  const outputs = xs.map((input, t) => {
    if (t > 0 && t % cut === 0) state = { v: stopGradient(ad, state.v), z: stopGradient(ad, state.z) };
    const [output, next] = layer(ad, { w: pw, r: pr }, state, input);
    state = next;
    return output;
  });
  const cotangents = [...outputs.map((_, t) => at(bare, g, t)), ...h];
  const variables = [pw, pr, pv, pz, ...xs];
  const gradients = ad.backward([...outputs, state.v, state.z], cotangents, variables).map((x, i) => x ?? bare.mul(variables[i].value, 0));
  return readAll(c, [stack(ad, outputs).value, state.v.value, state.z.value, ...gradients.slice(0, 4), stack(bare, gradients.slice(4))]);
}

/** Outputs and states, number by number. */
function checkForward<T extends TensorMeta>(c: Context<T>, got: Numbers, want: Numbers): void {
  for (let k = 0; k < FORWARD; k++)
    checkNumbers(c, RESULTS[k], got[k], want[k], (i) => 100 * c.supports.relativeError * (1 + Math.abs(want[k][i])));
}

/** Gradients, up to the order of sums. */
function checkGradients<T extends TensorMeta>(c: Context<T>, got: Numbers, want: Numbers): void {
  for (let k = FORWARD; k < want.length; k++) {
    let largest = 0;
    for (let i = 0; i < want[k].length; i++) largest = Math.max(largest, Math.abs(want[k][i]));
    check(largest > 0, `${RESULTS[k]}: expected numbers other than 0.`);
    for (let i = 0; i < want[k].length; i++) {
      const error = Math.abs(got[k][i] - want[k][i]);
      check(error <= 1000 * c.supports.relativeError * largest, `${RESULTS[k]}: expected ${want[k][i]} at index ${i}, got ${got[k][i]}.`);
    }
  }
}

/** All numbers: the same bits where arithmetic is exact. */
function checkSame<T extends TensorMeta>(c: Context<T>, got: Numbers, want: Numbers): void {
  checkForward(c, got, want);
  checkGradients(c, got, want);
  if (c.supports.exactF32) for (const [k, name] of RESULTS.entries()) checkNumbers(c, name, got[k], want[k]);
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
      async run(c) {
        const given = draw(c);
        checkForward(c, await fresh(c, given), await inLoop(c, given, STEPS));
      },
    },
    {
      name: 'a compiled recurrent step gives the gradients of the step, up to the order of sums',
      needs: COMPILE,
      async run(c) {
        const given = draw(c);
        checkGradients(c, await fresh(c, given), await inLoop(c, given, STEPS));
      },
    },
    {
      name: 'sums over time run from the last step to the first, with the bits of the schedule run by operations',
      needs: EXACT_COMPILE,
      async run(c) {
        const given = draw(c);
        checkSame(c, await fresh(c, given), await numbersOf(c, scheduled(c.bare, traced()), given));
      },
    },
    {
      name: 'checkpointed gradients are those of storing every step',
      needs: COMPILE,
      async run(c) {
        const given = draw(c);
        const stored = await fresh(c, given, store());
        for (const k of [1, 2, 4, STEPS, STEPS + 1]) checkSame(c, await fresh(c, given, checkpoint(k)), stored);
      },
    },
    {
      name: 'without gradients a run gives the same, and asking for them is refused',
      needs: COMPILE,
      async run(c) {
        const { parameters, states, inputs, g, h } = draw(c);
        const [stored, lean] = [await compiled(c, store()), await compiled(c, none())];
        const [want, got] = [stored, lean].map((executable) => executable.run(parameters, states, inputs));
        const [expected, found] = [await readAll(c, [want.outputs, ...want.states]), await readAll(c, [got.outputs, ...got.states])];
        for (const [k, values] of found.entries()) checkNumbers(c, RESULTS[k], values, expected[k]);
        await checkThrows('pullback of a program without gradients', ['argument', 'unsupported'], () => lean.pullback(g, h, true));
        stored.dispose();
        lean.dispose();
      },
    },
    {
      name: 'truncated gradients do not pass the starts of segments',
      needs: COMPILE,
      async run(c) {
        const given = draw(c);
        for (const k of [1, 2, 4, STEPS]) {
          const got = await fresh(c, given, truncated(k));
          const want = await inLoop(c, given, k);
          checkForward(c, got, want);
          checkGradients(c, got, want);
        }
      },
    },
    {
      name: 'the gradient of the inputs is given if and only if it is asked for',
      needs: COMPILE,
      async run(c) {
        for (const gradient of [store(), checkpoint(2), truncated(2)]) {
          const given = draw(c);
          const executable = await compiled(c, gradient);
          const whole = await numbersOf(c, executable, given);
          const { parameters, states, inputs } = executable.pullback(given.g, given.h, false);
          check(inputs === null, 'pullback with wantInputs = false: expected inputs to be null, got a tensor.');
          const rest = await readAll(c, [...parameters, ...states]);
          for (const [k, got] of rest.entries()) checkNumbers(c, RESULTS[FORWARD + k], got, whole[FORWARD + k]);
          executable.dispose();
        }
      },
    },
    {
      name: 'a run and its gradients depend on what the run is given and on nothing before it',
      needs: COMPILE,
      async run(c) {
        for (const gradient of [store(), checkpoint(2), truncated(2)]) {
          const [one, other] = [draw(c), draw(c, ' of another run')];
          const want = [await fresh(c, one, gradient), await fresh(c, other, gradient)];
          const executable = await compiled(c, gradient);
          for (const [given, expected] of [
            [one, want[0]],
            [other, want[1]],
            [one, want[0]],
          ] as const)
            checkSame(c, await numbersOf(c, executable, given), expected);
          executable.dispose();
        }
      },
    },
    {
      name: 'results belong to the caller: later runs do not change them, and each is released by itself',
      needs: COMPILE,
      async run(c) {
        const [one, other] = [draw(c), draw(c, ' of another run')];
        const executable = await compiled(c);
        const all = (given: typeof one) => {
          const { outputs, states } = executable.run(given.parameters, given.states, given.inputs);
          const pulled = executable.pullback(given.g, given.h, true);
          return [outputs, ...states, ...pulled.parameters, ...pulled.states, pulled.inputs as typeof outputs];
        };
        const first = all(one);
        const before = (await readAll(c, first)).map((values) => Array.from(values));
        for (const result of all(other)) c.bare.dispose(result);
        const after = await readAll(c, first);
        for (const [k, name] of RESULTS.entries()) checkNumbers(c, name, after[k], before[k]);
        for (const [k, result] of first.entries()) {
          c.bare.dispose(result);
          const rest = await readAll(c, first.slice(k + 1));
          for (const [i, values] of rest.entries()) checkNumbers(c, RESULTS[k + 1 + i], values, before[k + 1 + i]);
        }
        executable.dispose();
      },
    },
    {
      name: 'a run leaves what it was given as it was',
      needs: COMPILE,
      async run(c) {
        const given = draw(c);
        const tensors = [...given.parameters, ...given.states, given.inputs, given.g, ...given.h];
        const before = (await readAll(c, tensors)).map((values) => Array.from(values));
        await fresh(c, given);
        const after = await readAll(c, tensors);
        for (const [k, name] of ['w', 'r', 'v', 'z', 'inputs', 'g', 'h of v', 'h of z'].entries())
          checkNumbers(c, name, after[k], before[k]);
      },
    },
  ],
};
