/** A task that needs no training. */
import type { Evidence, Variant } from '../src/evidence.ts';

const variant = (name: string, base: number, published: number | null): Variant => ({
  name,
  published: published === null ? null : { score: published, source: 'Somebody, 2020' },
  shortGoal: 0.5,
  async run({ seed, progress }) {
    progress(`loss of seed ${seed}`);
    const score = base + seed / 100;
    const points = Array.from({ length: 500 }, (_, i) => [i + 1, (score * (i + 1)) / 500] as const);
    return { score, curves: [{ name: 'accuracy', points }], details: { spikes: 2 * seed }, executedBy: 'a table' };
  },
});

export const fixture: Evidence = {
  name: 'fixture',
  title: 'A fixture',
  task: 'Add a hundredth of the seed.',
  unit: 'accuracy',
  needs: null,
  variants: [variant('LIF | small', 0.9, 0.95), variant('LSNN', 0.7, null)],
  remarks: 'All is as it should be.',
};
