/** Lifecycle: disposal, views, and nothing left behind. */
import { type Arena, arena, type CustomOp, callOp, OP_NAMES, type OpName, sigmoid, softplus, type TensorMeta, tanh } from '@snn/core';
import type { Context, Group } from '../case.ts';
import { check, checkNumbers, checkSteps, checkThrows, type Data, describeCall, run } from '../check.ts';
import { MEMORY, SYNC_READ } from '../needs.ts';
import { CALLS } from '../samples.ts';

async function refusesDisposed<T extends TensorMeta>(c: Context<T>, op: OpName): Promise<void> {
  const { inputs, attributes } = CALLS[op];
  for (let gone = 0; gone < inputs.length; gone++) {
    const tensors = (inputs as readonly Data[]).map((x) => c.b.fromData(x.data, x.shape));
    c.b.dispose(tensors[gone]);
    await checkThrows(`${op} with input ${gone} disposed`, ['disposed'], () => callOp(c.b, op, tensors, attributes), [op]);
  }
}

/** Bytes and tensors alive on the backend, as text. */
const alive = <T extends TensorMeta>({ bare }: Context<T>): string => JSON.stringify(bare.memory?.());

function leavesNothing<T extends TensorMeta>(c: Context<T>, op: OpName): void {
  const before = alive(c);
  const scope: Arena<T> = arena(c.bare);
  run(scope, CALLS[op]);
  const during = alive(c);
  scope.release();
  check(during !== before, `memory() after ${describeCall(CALLS[op])}: expected more than ${before}.`);
  check(
    alive(c) === before,
    `memory() after ${describeCall(CALLS[op])} and the disposal of its inputs and result: expected ${before}, got ${alive(c)}.`,
  );
}

/** Dispose the source of a result, let new tensors take its memory, and look at the result again. */
async function outlivesSource<T extends TensorMeta>(c: Context<T>, op: OpName): Promise<void> {
  const data = CALLS[op].inputs as readonly Data[];
  const tensors = data.map((x) => c.b.fromData(x.data, x.shape));
  const result = callOp(c.b, op, tensors, CALLS[op].attributes);
  const want = await c.b.read(result);
  for (const x of tensors) c.b.dispose(x);
  for (let i = 0; i < 8; i++)
    for (const x of data)
      c.b.fromData(
        x.data.map(() => 99),
        x.shape,
      );
  checkNumbers(c, `the result of ${describeCall(CALLS[op])} after its inputs were disposed`, await c.b.read(result), want);
}

/** A custom operation whose forward calls another one, and so perhaps a fast path. */
const DOUBLE_SIGMOID: CustomOp = {
  name: 'doubleSigmoid',
  forward: (b, x) => b.mul(sigmoid(b, x), 2),
  vjp: () => [null],
};

export const lifecycle: Group = {
  name: 'lifecycle',
  cases: [
    {
      name: 'dispose twice is harmless',
      async run(c) {
        const before = alive(c);
        const x = c.bare.fromData([1, 2], [2]);
        const y = c.b.fromData([3, 4], [2]);
        c.bare.dispose(x);
        c.bare.dispose(x);
        checkNumbers(c, 'another tensor after one was disposed twice', await c.b.read(y), [3, 4]);
        c.b.dispose(y);
        check(alive(c) === before, `memory() after a tensor was disposed twice: expected ${before}, got ${alive(c)}.`);
      },
    },
    ...OP_NAMES.map((op) => ({
      name: `${op} refuses a disposed tensor`,
      run: <T extends TensorMeta>(c: Context<T>): Promise<void> => refusesDisposed(c, op),
    })),
    {
      name: 'read refuses a disposed tensor',
      async run({ b }) {
        const x = b.fromData([1], [1]);
        b.dispose(x);
        await checkThrows('read of a disposed tensor', ['disposed'], () => b.read(x), ['read']);
      },
    },
    {
      name: 'readSync refuses a disposed tensor',
      needs: SYNC_READ,
      async run({ b }) {
        const x = b.fromData([1], [1]);
        b.dispose(x);
        await checkThrows('readSync of a disposed tensor', ['disposed'], () => b.readSync?.(x), ['readSync']);
      },
    },
    {
      name: 'fast paths refuse a disposed tensor',
      async run({ b }) {
        for (const [name, f] of Object.entries({ sigmoid, tanh, softplus })) {
          const x = b.fromData([1], [1]);
          b.dispose(x);
          await checkThrows(`${name} of a disposed tensor`, ['disposed'], () => f(b, x));
        }
      },
    },
    ...OP_NAMES.map((op) => ({
      name: `the result of ${op} outlives its inputs`,
      run: <T extends TensorMeta>(c: Context<T>): Promise<void> => outlivesSource(c, op),
    })),
    {
      name: 'a tensor outlives its views',
      async run(c) {
        const { b } = c;
        const x = b.fromData([1, 2, 3, 4], [2, 2]);
        for (const view of [
          b.reshape(x, [4]),
          b.slice(x, [0, 0], [1, 2]),
          b.permute(x, [1, 0]),
          b.broadcast(x, [2, 2]),
          b.concat([x], 0),
        ]) {
          b.dispose(view);
          b.fromData([9, 9, 9, 9], [2, 2]);
          b.fromData([9, 9], [1, 2]);
        }
        checkNumbers(c, 'a tensor after its views were disposed', await b.read(x), [1, 2, 3, 4]);
      },
    },
    {
      name: 'an arena keeps what is kept and releases the rest',
      async run(c) {
        const scope = arena(c.b);
        const lost = scope.fromData([1, 2], [2]);
        const kept = c.b.add(scope.keep(scope.add(lost, 1)), 0);
        scope.release();
        checkSteps(c, 'a tensor that was kept', await c.b.read(kept), [2, 3], 2);
        await checkThrows('add of a tensor that was not kept', ['disposed'], () => c.b.add(lost, 1), ['add']);
      },
    },
    ...OP_NAMES.map((op) => ({
      name: `${op} leaks nothing`,
      needs: MEMORY,
      run: <T extends TensorMeta>(c: Context<T>): void => leavesNothing(c, op),
    })),
    {
      name: 'derived operations leak nothing',
      needs: MEMORY,
      run(c) {
        const before = alive(c);
        const scope = arena(c.bare);
        const x = scope.fromData([0.5, -1], [2]);
        for (const f of [sigmoid, tanh, softplus]) f(scope, x);
        scope.customGrad(DOUBLE_SIGMOID, x);
        scope.release();
        check(
          alive(c) === before,
          `memory() after sigmoid, tanh, softplus and a custom operation made of one: expected ${before}, got ${alive(c)}.`,
        );
      },
    },
  ],
};
