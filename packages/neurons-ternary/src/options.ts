/** Static options, their defaults and what traceTorch does. */
import { type Comparison, type Surrogate, sigmoid, triangle } from '@snn/surrogates';
import { identity, type Quantizer } from './quantizers.ts';

/** Options of the neurons that fire. */
export interface TernaryOptions {
  /** Stands in for the derivative of the spike; unused under a quantiser, which has a derivative of its own. */
  readonly surrogate: Surrogate;
  /** What happens exactly at the threshold; unused under a quantiser. */
  readonly comparison: Comparison;
  /** Null: true spikes, 0 or 1. Else what is sent instead. */
  readonly quantizer: Quantizer | null;
  /** Whether no gradient flows from the reset to the spikes that cause it. */
  readonly detachReset: boolean;
}

/** Options of the models with two sides. */
export interface DualOptions {
  /**
   * Through which sides the gradient flows where a signal that is split by its sign is exactly 0, as a silent output is: through the positive
   * side (`once`), so that equal sides make the plain neuron, or through both (`twice`), which doubles it.
   */
  readonly splitGradient: 'once' | 'twice';
}

/** True spikes with a triangular surrogate, strict comparison, detached reset. */
export const TERNARY_DEFAULTS: TernaryOptions = {
  surrogate: /* @__PURE__ */ triangle({ width: 2 }),
  comparison: '>',
  quantizer: null,
  detachReset: true,
};

/** The gradient at 0 flows once. */
export const DUAL_DEFAULTS: DualOptions = { splitGradient: 'once' };

/**
 * traceTorch 0.19.2 by default: smooth outputs from 0 to 1 instead of spikes, nothing detached. With `round_ste()`: `{ ...TERNARY_TRACETORCH,
 * quantizer: rounding() }`, which equals true spikes with its derivative, `quantizer: null`, up to float32's rounding of the smooth function.
 */
export const TERNARY_TRACETORCH: TernaryOptions = {
  surrogate: /* @__PURE__ */ sigmoid({ sharpness: 4 }),
  comparison: '>',
  quantizer: /* @__PURE__ */ identity(),
  detachReset: false,
};

/** traceTorch 0.19.2, to be added for the models with two sides. Its DLIT alone has `once`. */
export const DUAL_TRACETORCH: DualOptions = { splitGradient: 'twice' };
