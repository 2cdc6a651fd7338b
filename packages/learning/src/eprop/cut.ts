/**
 * A step on the tracer, cut at its synapses: a product of an input with a weight is taken as a new variable, the current, so derivatives end there.
 */
import { autodiff, type Var } from '@snn/autodiff';
import { type Sym, tracer } from '@snn/compile';
import { type Program, randomKey, type TensorMeta, type Tree, unsupportedError } from '@snn/core';
import type { Context, Layer, UsedParameters } from '@snn/nn';
import { tensorsOf, withTensors } from '../tree.ts';

/** A step with its cuts, as the tracer saw it. */
export interface Cut {
  readonly variables: { readonly parameters: readonly Var<Sym>[]; readonly states: readonly Var<Sym>[] };
  readonly synapses: readonly { readonly parameter: number; readonly input: Var<Sym>; readonly current: Var<Sym> }[];
  readonly output: Var<Sym>;
  readonly nextStates: readonly Var<Sym>[];
  readonly firstStates: readonly Var<Sym>[];
  readonly spikes: { readonly [path: string]: Var<Sym> };
  readonly ad: ReturnType<typeof autodiff<Sym>>;
  readonly program: (outputs: readonly Sym[]) => Program;
}

/** An error of e-prop. */
export const refuse = (what: string): Error => unsupportedError(`eprop: ${what}`);

/** Run the step on the tracer; `shapes` are those of the used tensors. */
export function cut(
  network: Layer,
  used: UsedParameters<TensorMeta>,
  state: Tree<TensorMeta>,
  input: TensorMeta,
  shapes: readonly (readonly number[])[],
): Cut {
  const b = tracer();
  const ad = autodiff(b);
  const given = tensorsOf<TensorMeta>(used);
  const parameters = given.map((_, i) => ad.variable(b.input(shapes[i])));
  const states = tensorsOf<TensorMeta>(state).map(({ shape, dtype }) => {
    const symbol = b.input(shape, dtype);
    return dtype === 'float32' ? ad.variable(symbol) : ad.constant(symbol);
  });
  const x = ad.constant(b.input(input.shape, input.dtype));
  const synapses: { parameter: number; input: Var<Sym>; current: Var<Sym> }[] = [];
  const spikes: Record<string, Var<Sym>> = {};
  const cutting: typeof ad = {
    ...ad,
    matmul(left, weight) {
      const parameter = parameters.indexOf(weight);
      if (parameter < 0)
        throw refuse('the step multiplies matrices that are not weights by themselves; e-prop is for synapses and neurons.');
      const current = ad.variable(b.matmul(left.value, weight.value));
      synapses.push({ parameter, input: left, current });
      return current;
    },
  };
  const context: Context<Var<Sym>> = {
    training: true,
    key: randomKey(0),
    path: '',
    record(kind, path, z) {
      if (kind === 'spikes') spikes[path] = path in spikes ? ad.add(spikes[path], z) : z;
    },
  };
  const p = withTensors<UsedParameters<Var<Sym>>>(used, parameters);
  const first = network.initialState(cutting, p, input.shape, context);
  if (synapses.length > 0) throw refuse('the first state is made with weights; it must be numbers or parameters of neurons.');
  const [output, next] = network.step(cutting, p, withTensors<Tree<Var<Sym>>>(state, states), x, context);
  return {
    variables: { parameters, states },
    synapses,
    output,
    nextStates: tensorsOf<Var<Sym>>(next),
    firstStates: tensorsOf<Var<Sym>>(first),
    spikes,
    ad,
    program: b.program,
  };
}
