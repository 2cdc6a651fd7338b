/** Purity: operations change none of their inputs, also where one tensor stands in two places, and give the same every time. */
import { callOp, OP_NAMES, type OpName, type TensorMeta } from '@snn/core';
import type { Context, Group } from '../case.ts';
import { checkNumbers, compare, type Data, describeCall, run } from '../check.ts';
import { CALLS } from '../samples.ts';

async function leavesInputs<T extends TensorMeta>(c: Context<T>, op: OpName): Promise<void> {
  const call = CALLS[op];
  const data = call.inputs as readonly Data[];
  const inputs = data.map((x) => c.b.fromData(x.data, x.shape));
  callOp(c.b, op, inputs, call.attributes);
  for (let i = 0; i < data.length; i++) checkNumbers(c, `input ${i} after ${describeCall(call)}`, await c.b.read(inputs[i]), data[i].data);
}

async function takesAliases<T extends TensorMeta>(c: Context<T>, op: OpName): Promise<void> {
  const square: Data = { data: [0.5, 1.25, -2, 1], shape: [2, 2] };
  const x = c.b.fromData(square.data, square.shape);
  const inputs = new Array<T>(CALLS[op].inputs.length).fill(x);
  const attributes = op === 'concat' ? [0] : [];
  const call = { op, inputs: inputs.map(() => square), attributes };
  const want = await c.b.read(run(c.b, call));
  checkNumbers(c, `${describeCall(call)} of one and the same tensor`, await c.b.read(callOp(c.b, op, inputs, attributes)), want);
  checkNumbers(c, `the input of ${describeCall(call)}`, await c.b.read(x), square.data);
  await compare(c, call);
}

async function repeats<T extends TensorMeta>(c: Context<T>, op: OpName): Promise<void> {
  const first = run(c.b, CALLS[op]);
  const before = await c.b.read(first);
  const second = await c.b.read(run(c.b, CALLS[op]));
  checkNumbers({ supports: { ...c.supports, exactF32: true } }, `${describeCall(CALLS[op])} for the second time`, second, before);
  checkNumbers(c, `the first result of ${describeCall(CALLS[op])} after a second`, await c.b.read(first), before);
}

export const purity: Group = {
  name: 'purity',
  cases: [
    ...OP_NAMES.map((op) => ({
      name: `${op} leaves its inputs unchanged`,
      run: <T extends TensorMeta>(c: Context<T>): Promise<void> => leavesInputs(c, op),
    })),
    ...OP_NAMES.filter((op) => CALLS[op].inputs.length > 1).map((op) => ({
      name: `${op} takes one tensor in every place`,
      run: <T extends TensorMeta>(c: Context<T>): Promise<void> => takesAliases(c, op),
    })),
    ...OP_NAMES.map((op) => ({
      name: `${op} gives the same result twice`,
      run: <T extends TensorMeta>(c: Context<T>): Promise<void> => repeats(c, op),
    })),
  ],
};
