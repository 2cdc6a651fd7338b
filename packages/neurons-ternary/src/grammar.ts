/**
 * The grammar of the names: a prefix of the letters d, s, r before a core. From the name follow the parameters, the states and the options, in
 * the types as in the code.
 *
 *   d  dual       every trace has a positive and a negative side, each with parameters of its own
 *   s  synaptic   the input passes a trace before it reaches the membrane
 *   r  recurrent  a trace of the neuron's own output is fed back
 *
 *   li     leaky integrator: sends its membrane          liema  the same, as an exponential moving average
 *   lib    binary: sends 0 or 1                          lit    ternary: sends -1, 0 or 1
 *   lits   ternary and scaled: sends -negativeScale, 0 or positiveScale
 */
import type { Backend, Parameters, State, StepResult, TensorMeta } from '@snn/core';
import type { DualOptions, TernaryOptions } from './options.ts';

/** The 24 neurons that fire: `lib`, `lit`, `lits` with any prefix. */
export type FiringName = `${'' | 'd'}${'' | 's'}${'' | 'r'}${'lib' | 'lit' | 'lits'}`;

/** The 8 integrators: `li`, `liema` with any prefix but r. */
export type IntegratorName = `${'' | 'd'}${'' | 's'}${'li' | 'liema'}`;

/** All 32 models. */
export type TernaryName = FiringName | IntegratorName;

/** What a name says. */
export interface Traits {
  readonly dual: boolean;
  readonly synaptic: boolean;
  readonly recurrent: boolean;
  readonly core: 'li' | 'liema' | 'lib' | 'lit' | 'lits';
}

/** Read a name. */
export function traitsOf(name: TernaryName): Traits {
  const prefix = name.slice(0, name.indexOf('li'));
  const has = (letter: string): boolean => prefix.includes(letter);
  return { dual: has('d'), synaptic: has('s'), recurrent: has('r'), core: name.slice(prefix.length) as Traits['core'] };
}

/** What a parameter or state is called: itself, or its positive and its negative side. */
export const sidesOf = (dual: boolean, key: string): readonly string[] =>
  dual ? ['positive', 'negative'].map((side) => side + key.charAt(0).toUpperCase() + key.slice(1)) : [key];

type Sides<N, K extends string> = N extends `d${string}` ? `${'positive' | 'negative'}${Capitalize<K>}` : K;
type If<N, Letter extends string, K> = N extends `${infer Prefix}li${string}`
  ? Prefix extends `${string}${Letter}${string}`
    ? K
    : never
  : never;
type Threshold<N> = N extends `${string}lib`
  ? 'threshold' | 'bias'
  : N extends IntegratorName
    ? never
    : 'positiveThreshold' | 'negativeThreshold' | 'bias';
type Scale<N> = N extends `${string}lits` ? 'positiveScale' | 'negativeScale' : never;

/** Names of the parameters of a model. */
export type TernaryParameterName<N extends TernaryName> =
  | Sides<N, 'beta'>
  | If<N, 's', Sides<N, 'alpha'>>
  | If<N, 'r', Sides<N, 'gamma' | 'recurrentWeight'>>
  | Threshold<N>
  | Scale<N>;

/** Names of the states of a model. */
export type TernaryStateName<N extends TernaryName> = Sides<N, 'v'> | If<N, 's', Sides<N, 'i'>> | If<N, 'r', Sides<N, 'r'> | 'output'>;

/** Parameters of a model, as in `TernaryParameters<'dsrlits', T>`: decays without unit, 0 to 1; all others in units of the membrane. */
export type TernaryParameters<N extends TernaryName, T> = Parameters<TernaryParameterName<N>, T>;

/** States of a model, each `[B, ...N]`: membrane `v`, synaptic trace `i`, trace `r` of the output and the last `output` itself. */
export type TernaryState<N extends TernaryName, T> = State<TernaryStateName<N>, T>;

/** Static options of a model. */
export type OptionsOf<N extends TernaryName> = (N extends IntegratorName ? object : TernaryOptions) &
  (N extends `d${string}` ? DualOptions : object);

/**
 * One step: input `[B, ...N]` to outputs `[B, ...N]` and the next state.
 *
 * @param options default: those of the model.
 * @param noise only for quantisers that draw: for each threshold (positive, negative; the binary core has one) uniform numbers from 0 up to 1 of
 * the shape of the input. A step is pure, so the caller draws them anew for each step, from a key of its own.
 * @throws an `argument` error when the quantiser draws and there is no noise.
 */
export type TernaryStep<N extends TernaryName> = <T extends TensorMeta>(
  b: Backend<T>,
  parameters: TernaryParameters<N, T>,
  state: TernaryState<N, T>,
  input: T,
  options?: OptionsOf<N>,
  noise?: readonly T[],
) => StepResult<TernaryState<N, T>, T>;
