// The surrogates of norse, snnTorch and rnnbuilder: the output is the spike, the gradient the surrogate's derivative.

import { arctan, fastSigmoid, leaky, type Surrogate, sigmoid, spike, straightThrough, triangle } from '@snn/surrogates';
import { snntorchHeaviside, snntorchSparseFastSigmoid, snntorchSpikeRateEscape, snntorchTriangular } from '@snn/surrogates/defective';
import { type Adapters, choose, type FunctionAdapter } from '../adapter.ts';
import type { FunctionEntry } from '../file.ts';
import { norseSurrogate } from './norse.ts';

const adapter =
  (surrogateOf: (entry: FunctionEntry) => Surrogate): FunctionAdapter =>
  (b, entry, { x }) => ({ out: spike(b, x, surrogateOf(entry)) });

/** A number among an entry's arguments; the origin's default where it is absent is the adapter's to know. */
const number = ({ args }: FunctionEntry, name: string, standard: number): number => Number(args[name] ?? standard);

const snntorch = (entry: FunctionEntry): Surrogate =>
  choose<() => Surrogate>('surrogate', entry.function, {
    'snntorch.atan': () => arctan({ sharpness: number(entry, 'alpha', 2) }),
    'snntorch.fast_sigmoid': () => fastSigmoid({ sharpness: number(entry, 'slope', 25) }),
    'snntorch.sigmoid': () => sigmoid({ sharpness: number(entry, 'slope', 25) }),
    'snntorch.straight_through_estimator': straightThrough,
    'snntorch.triangular': () => snntorchTriangular({ height: number(entry, 'threshold', 1) }),
    'snntorch.spike_rate_escape': () => snntorchSpikeRateEscape({ decay: number(entry, 'beta', 1), height: number(entry, 'slope', 25) }),
    'snntorch.SFS': () => snntorchSparseFastSigmoid({ sharpness: number(entry, 'slope', 25), cut: number(entry, 'B', 1) }),
    'snntorch.heaviside': snntorchHeaviside,
    'snntorch.LSO(transcribed)': () => leaky({ slope: number(entry, 'slope', 0.1) }),
  })();

export const SURROGATES: Adapters = {
  functions: {
    'norse.threshold': adapter((entry) => norseSurrogate(entry.args.method, number(entry, 'alpha', 100))),
    'snntorch.surrogate': adapter(snntorch),
    'rnnbuilder.SpikeLinear': adapter((entry) => triangle({ height: number(entry, 'gradient_factor', 0.3) })),
  },
};
