// Parts of the golden files, for backends on which all would take too long.

import { familyOf } from './adapters/index.ts';

/** All files, or the first one of each model, of each family of adapters (a file in adapters/), or of each library that they come from. */
export type Part = 'all' | 'models' | 'families' | 'libraries';

const KIND: Readonly<Record<Part, (model: string) => unknown>> = {
  all: () => ({}),
  models: (model) => model,
  families: familyOf,
  // as in norse.lif_step
  libraries: (model) => model.split('.')[0],
};

/** Whether the next file, by its model, belongs to the part. To be asked once for each file, in order. */
export function chosen(part: Part): (model: string) => boolean {
  const seen = new Set<unknown>();
  return (model) => {
    const kind = KIND[part](model);
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  };
}
