/** Weights that carry learning signals from the outputs back to the neurons; they outlive batches. */
import { type Backend, type Key, sizeOf, stream, type TensorMeta, uniform } from '@snn/core';
import { within } from '../over-steps.ts';

/** Where learning signals come from. */
export type Feedback = 'symmetric' | 'random' | 'adaptive';

/** Feedback by the synapse into the readout. */
export interface FeedbackWeights<T> {
  /** `[N, C]`, like the weights of the readout. */
  of(synapse: number, weight: T): T;
  /** Follow an update of the weights of the readout. */
  follow(before: (synapse: number) => T, after: (synapse: number) => T): void;
  dispose(): void;
}

/** Feedback that is drawn once as `linear` draws its weights, or is these weights themselves. */
export function feedbackWeights<T extends TensorMeta>(b: Backend<T>, kind: Feedback, decay: number, key: Key): FeedbackWeights<T> {
  const kept = new Map<number, T>();
  return {
    of(synapse, weight) {
      if (kind === 'symmetric') return weight;
      const bound = 1 / Math.sqrt(weight.shape[0]);
      const draw = (): T => b.fromData(uniform(stream(key, `synapse ${synapse}`), sizeOf(weight.shape), -bound, bound), weight.shape);
      const found = kept.get(synapse) ?? draw();
      kept.set(synapse, found);
      return found;
    },
    follow(before, after) {
      if (kind !== 'adaptive') return;
      for (const [synapse, old] of kept) {
        const [from, to] = [before(synapse), after(synapse)];
        // F + dW - decay (F - W): their distance is what it would be if both lost `decay` of themselves
        const next = within(b, (s) => s.sub(s.add(old, s.sub(to, from)), s.mul(s.sub(old, from), decay)));
        b.dispose(old);
        kept.set(synapse, next);
      }
    },
    dispose() {
      for (const x of kept.values()) b.dispose(x);
      kept.clear();
    },
  };
}
