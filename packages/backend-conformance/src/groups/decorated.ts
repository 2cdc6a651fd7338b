/** Decorators: the value groups again through `arena` and through `autodiff`, where every tensor is a variable. */
import { autodiff, type Var } from '@snn/autodiff';
import { arena, type Backend, type DType, type TensorMeta } from '@snn/core';
import type { Case, Context, Group } from '../case.ts';
import { broadcasting } from './broadcasting.ts';
import { elementwise } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';

/** `autodiff(b)` that records everything: float32 data becomes variables. */
function recording<T extends TensorMeta>(b: Backend<T>): Backend<Var<T>> {
  const ad = autodiff(b);
  return {
    ...ad,
    fromData(data: ArrayLike<number>, shape: readonly number[], dtype: DType = 'float32'): Var<T> {
      const x = b.fromData(data, shape, dtype);
      return dtype === 'float32' ? ad.variable(x) : ad.constant(x);
    },
  };
}

const VALUES: readonly Case[] = [elementwise, broadcasting, reductions, matmul, shapes].flatMap(({ cases }) => cases);

export const decorated: Group = {
  name: 'decorated',
  cases: VALUES.flatMap((one): Case[] => [
    {
      ...one,
      name: `arena: ${one.name}`,
      async run<T extends TensorMeta>(c: Context<T>): Promise<void> {
        const b = arena(c.b);
        await one.run({ ...c, b });
        b.release();
      },
    },
    {
      ...one,
      name: `autodiff: ${one.name}`,
      async run<T extends TensorMeta>(c: Context<T>): Promise<void> {
        await one.run<Var<T>>({ ...c, b: recording(c.b), bare: autodiff(c.bare) });
      },
    },
  ]),
};
