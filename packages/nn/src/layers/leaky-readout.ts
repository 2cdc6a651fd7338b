/** A readout: leaky integrators whose outputs are their membranes. */

import type { Surrogate } from '@snn/surrogates';
import type { Layer } from '../layer.ts';
import { localLi, localLif } from '../local-neurons.ts';
import type { ParameterOption } from '../parameter.ts';
import { type NeuronSize, neuron } from './neuron.ts';

export const leakyReadout = (size: NeuronSize, options: { readonly tau?: ParameterOption } = {}): Layer => neuron(localLi, size, options);
export const lif = (
  size: NeuronSize,
  options: { readonly tau?: ParameterOption; readonly threshold?: ParameterOption; readonly surrogate?: Surrogate } = {},
): Layer => neuron(localLif, size, options);
