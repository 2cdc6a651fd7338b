/** The records of the models: parameters, states, default options and checks, all from the name. */
import { argumentError, checkNeuron, type NeuronModel, type Operand, type ParameterSpec, rest } from '@snn/core';
import {
  type OptionsOf,
  sidesOf,
  type TernaryName,
  type TernaryParameterName,
  type TernaryStateName,
  type TernaryStep,
  type Traits,
  traitsOf,
} from './grammar.ts';
import { DUAL_DEFAULTS, TERNARY_DEFAULTS } from './options.ts';

/** A model as data: what `@snn/nn` makes a layer of. */
export type TernaryModel<N extends TernaryName> = NeuronModel<TernaryParameterName<N>, TernaryStateName<N>, OptionsOf<N>>;

type Specs = Record<string, ParameterSpec>;

const decay = (value: number, of: string): ParameterSpec => ({
  default: value,
  unit: '1',
  constraint: 'unit',
  description: `part of ${of} that is left after a step`,
});
const threshold = (description: string): ParameterSpec => ({ default: 1, unit: '1', constraint: 'positive', description });
const free = (value: number, description: string): ParameterSpec => ({ default: value, unit: '1', constraint: 'none', description });

function specsOf({ dual, synaptic, recurrent, core }: Traits): Specs {
  const specs: Specs = {};
  const add = (key: string, spec: ParameterSpec): void => {
    for (const side of sidesOf(dual, key)) specs[side] = spec;
  };
  if (synaptic) add('alpha', decay(0.5, 'the synaptic trace'));
  add('beta', decay(0.9, 'the membrane'));
  if (recurrent) {
    add('gamma', decay(0.9, 'the trace of the output'));
    add('recurrentWeight', free(0, 'of the trace of the output in the input of the membrane; at 0 the neuron is not recurrent'));
  }
  if (core === 'li' || core === 'liema') return specs;
  if (core === 'lib') specs.threshold = threshold('membrane above which the neuron fires');
  else {
    specs.positiveThreshold = threshold('membrane above which the neuron fires +1');
    specs.negativeThreshold = threshold('size of the negative membrane below which the neuron fires -1');
  }
  const bias = 'added to the membrane when it is compared with a threshold, not when it is reset';
  specs.bias = { default: 0, unit: '1', constraint: 'arcsinh', description: bias };
  if (core === 'lits') {
    specs.positiveScale = free(1, 'output of a positive spike');
    specs.negativeScale = free(1, 'size of the output of a negative spike');
  }
  return specs;
}

function statesOf({ dual, synaptic, recurrent }: Traits): readonly string[] {
  const traces = [...(synaptic ? ['i'] : []), ...(recurrent ? ['r'] : []), 'v'].flatMap((key) => sidesOf(dual, key));
  return recurrent ? [...traces, 'output'] : traces;
}

/** Fixed numbers must lie where the constraint would keep learnable ones; decays may be 0 or 1, too. */
function checkRanges(name: string, specs: Specs, parameters: Readonly<Record<string, Operand<unknown>>>): void {
  for (const [key, { constraint }] of Object.entries(specs)) {
    const value = parameters[key];
    if (typeof value !== 'number') continue;
    if (constraint === 'unit' && (value < 0 || value > 1)) throw argumentError(`${name}: ${key} must be from 0 to 1, but is ${value}.`);
    if (constraint === 'positive' && value <= 0) throw argumentError(`${name}: ${key} must be above 0, but is ${value}.`);
  }
}

function checkQuantizer(name: string, quantizer: unknown): void {
  if (quantizer !== null && typeof (quantizer as { quantize?: unknown } | undefined)?.quantize !== 'function')
    throw argumentError(`${name}: quantizer must be null, for true spikes, or a quantiser such as rounding().`);
}

/** Make the record of the model called `name`. */
export function makeModel<N extends TernaryName>(name: N, step: TernaryStep<N>): TernaryModel<N> {
  const traits = traitsOf(name);
  const parameters = specsOf(traits);
  const states = statesOf(traits);
  const firing = 'bias' in parameters;
  const options = { ...(firing ? TERNARY_DEFAULTS : null), ...(traits.dual ? DUAL_DEFAULTS : null) };
  const known = { name, parameters, states, options, signed: 'negativeThreshold' in parameters };
  const model: NeuronModel<string, string, object> = {
    ...known,
    check(given, chosen, state, input) {
      checkNeuron(known, { comparison: ['>', '>='], splitGradient: ['once', 'twice'] }, given, chosen, state, input);
      checkRanges(name, parameters, given);
      if (firing) checkQuantizer(name, (chosen as { quantizer?: unknown }).quantizer);
    },
    initialState: (b, _, shape) => Object.fromEntries(states.map((key) => [key, rest(b, 0, shape)])),
    step: step as unknown as NeuronModel<string, string, object>['step'],
  };
  // the names follow from N in the types as they do above
  return model as unknown as TernaryModel<N>;
}
