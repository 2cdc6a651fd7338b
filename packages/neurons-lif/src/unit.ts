/** Decay factors at use. */
import { type Backend, clip, type Operand, scalar, type TensorMeta } from '@snn/core';

/** `x` limited to 0 ... 1; the gradient passes inside. */
export const unit = <T extends TensorMeta>(b: Backend<T>, x: Operand<T>): T => clip(b, typeof x === 'number' ? scalar(b, x) : x, 0, 1);
