/**
 * Constraints: how the raw value that is trained maps to the value that a neuron uses, and back. The raw value is free, so that an optimiser
 * may move it anywhere.
 *
 *   none      value = raw                          any number
 *   positive  value = softplus(raw)                above 0
 *   unit      value = sigmoid(raw)                 between 0 and 1, without the ends
 *   clamp     value = min(max(raw, 0), 1)          0 to 1; the gradient passes inside
 *   arcsinh   value = arcsinh(raw)                 any number; the larger, the slower it moves
 */
import { arcsinh, argumentError, type Backend, type Constraint, clip, sigmoid, softplus, type TensorMeta } from '@snn/core';

interface Rule {
  readonly range: string;
  readonly allows: (value: number) => boolean;
  readonly raw: (value: number) => number;
  readonly value: <T extends TensorMeta>(b: Backend<T>, raw: T) => T;
}

const RULES: Readonly<Record<Constraint, Rule>> = {
  none: { range: 'a finite number', allows: () => true, raw: (value) => value, value: (_, raw) => raw },
  positive: {
    range: 'above 0',
    allows: (value) => value > 0,
    // log(e^value - 1), in the form that neither overflows nor cancels
    raw: (value) => value + Math.log(-Math.expm1(-value)),
    value: softplus,
  },
  unit: {
    range: 'between 0 and 1',
    allows: (value) => value > 0 && value < 1,
    raw: (value) => Math.log(value / (1 - value)),
    value: sigmoid,
  },
  clamp: {
    range: 'from 0 to 1',
    allows: (value) => value >= 0 && value <= 1,
    raw: (value) => value,
    value: (b, raw) => clip(b, raw, 0, 1),
  },
  arcsinh: { range: 'a finite number', allows: () => true, raw: Math.sinh, value: arcsinh },
};

/**
 * The raw value of a value.
 *
 * @param what names the parameter in messages.
 * @throws an `argument` error when the value is out of the constraint's range.
 */
export function toRaw(what: string, constraint: Constraint, value: number): number {
  const rule = RULES[constraint];
  if (!Number.isFinite(value) || !rule.allows(value)) {
    throw argumentError(
      `${what}: a value under the constraint '${constraint}' must be ${rule.range}, but is ${value}; change it or choose another constraint.`,
    );
  }
  return rule.raw(value);
}

/** The value that is used, from the raw value that is trained. */
export const fromRaw = <T extends TensorMeta>(b: Backend<T>, constraint: Constraint, raw: T): T => RULES[constraint].value(b, raw);
