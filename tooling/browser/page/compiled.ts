// A recurrent network with adaptive neurons, large enough for threads: compiled, and step by step. What runs it is part of the result.

import { type Backend, normal, randomKey, stream, type TensorMeta } from '@snn/core';
import { createModel, type Layer, leakyReadout, linear, lsnn, recurrent, sequential } from '@snn/nn';

/** What ran, and what came out. */
export interface CompiledReport {
  /** What the executable says of itself; null where the backend has no `compile`. */
  readonly executedBy: string | null;
  readonly fallbackReason: string | null;
  /** `[T, B, C]` row-major. */
  readonly outputs: readonly number[];
  readonly stepByStep: readonly number[];
}

const [STEPS, BATCH, INPUTS, HIDDEN, CLASSES] = [20, 16, 60, 96, 5];

const network: Layer = sequential(linear(INPUTS, HIDDEN), recurrent(lsnn(HIDDEN)), linear(HIDDEN, CLASSES), leakyReadout(CLASSES));

/** Run it both ways with the same parameters. */
export async function compiled<T extends TensorMeta>(backend: Backend<T>): Promise<CompiledReport> {
  const shape = [STEPS, BATCH, INPUTS];
  const inputs = { data: normal(stream(randomKey(7), 'inputs'), STEPS * BATCH * INPUTS).map((x) => 8 * x), shape };
  const model = await createModel(network, { backend, seed: 3 });
  const plain = await createModel(network, { backend, seed: 3, compile: false });
  try {
    const { data } = await model.predict(inputs);
    const { data: stepByStep } = await plain.predict(inputs);
    const ran = await model.withCompiled(
      { shape, training: false, countGradient: false },
      (program) => [...(program?.parts.values() ?? [])][0]?.executable ?? null,
    );
    return {
      executedBy: ran?.executedBy ?? null,
      fallbackReason: ran?.fallbackReason ?? null,
      outputs: [...data],
      stepByStep: [...stepByStep],
    };
  } finally {
    model.dispose();
    plain.dispose();
  }
}
