/**
 * What is refused before the first step, for all neuron models. Steps themselves check nothing: they are hot, and may be traced. Values of
 * tensors are not read, since that would wait for the device.
 */
import { argumentError, shapeError } from './errors.ts';
import type { NeuronModel } from './neuron.ts';
import { checkNames } from './options.ts';
import { broadcastShapes, sameShape } from './shapes.ts';
import type { Operand, TensorMeta } from './types.ts';

/** The words that each option may have; options that are numbers, flags or surrogates are told by their defaults, null means any. */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** Any model, as far as checking goes. */
type Checked = Pick<NeuronModel<string, string, object>, 'name' | 'parameters' | 'states' | 'options'>;

/**
 * Throw unless parameters, options and, where given, state and input make sense for `model`: what a model calls in its `check`.
 *
 * @throws an `argument` or `shape` error that names the model and what is wrong.
 */
export function checkNeuron<T extends TensorMeta>(
  model: Checked,
  choices: Choices,
  parameters: Readonly<Record<string, Operand<T>>>,
  options: object,
  state?: Readonly<Record<string, T>>,
  input?: T,
): void {
  checkOptions(model, choices, options);
  checkParameters(model, parameters, options);
  if (state && input) checkShapes(model, parameters, state, input);
}

function checkOptions({ name, options: defaults }: Checked, choices: Choices, options: object): void {
  const known = Object.entries(defaults);
  checkNames(name, options, Object.keys(defaults));
  for (const [key, like] of known) {
    const value = (options as Readonly<Record<string, unknown>>)[key];
    const refuse = (expected: string): never => {
      throw argumentError(`${name}: ${key} must be ${expected}, but is ${typeof value === 'object' ? 'not' : String(value)}.`);
    };
    if (typeof like === 'string' && !choices[key].includes(value as string)) refuse(choices[key].map((word) => `'${word}'`).join(' or '));
    if (typeof like === 'boolean' && typeof value !== 'boolean') refuse('true or false');
    if (typeof like === 'number' && !(typeof value === 'number' && value > 0 && value < Infinity))
      refuse('a finite number of seconds above 0');
    if (typeof like === 'object' && like !== null && typeof (value as { derivative?: unknown } | undefined)?.derivative !== 'function')
      refuse('a surrogate with a function `derivative`; see @snn/surrogates');
  }
}

function checkParameters<T>({ name, parameters: specs }: Checked, parameters: Readonly<Record<string, Operand<T>>>, options: object): void {
  const { dt, decay } = options as { dt?: number; decay?: string };
  for (const [key, { unit }] of Object.entries(specs)) {
    const value = parameters[key];
    if (value === undefined) throw argumentError(`${name}: the parameter ${key} is missing; give a number or a tensor.`);
    if (typeof value !== 'number') continue;
    if (Number.isNaN(value)) throw argumentError(`${name}: ${key} is NaN.`);
    if (unit !== 's') continue;
    if (value <= 0) throw argumentError(`${name}: ${key} is a time constant and must be above 0 s, but is ${value}.`);
    if (decay === 'euler' && dt !== undefined && dt > value)
      throw argumentError(
        `${name}: an Euler step of dt = ${dt} s is longer than ${key} = ${value} s, so the trace would change its sign in every step; choose a smaller dt or decay 'exponential'.`,
      );
  }
}

function checkShapes<T extends TensorMeta>(
  { name, parameters: specs, states }: Checked,
  parameters: Readonly<Record<string, Operand<T>>>,
  state: Readonly<Record<string, T>>,
  input: T,
): void {
  const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  for (const key of states) {
    const shape = state[key]?.shape;
    if (!shape) throw argumentError(`${name}: the state variable ${key} is missing; begin with initialState.`);
    if (!sameShape(shape, input.shape))
      throw shapeError(
        `${name}: the state variable ${key} has shape ${show(shape)}, but the input has ${show(input.shape)}; begin anew with initialState for another batch size.`,
      );
  }
  for (const key of Object.keys(specs)) {
    const value = parameters[key];
    if (typeof value === 'number') continue;
    if (!sameShape(broadcastShapes(`${name}: ${key}`, value.shape, input.shape), input.shape))
      throw shapeError(`${name}: ${key} of shape ${show(value.shape)} is larger than the input of shape ${show(input.shape)}.`);
  }
}
