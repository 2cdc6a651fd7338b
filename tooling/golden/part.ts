// Parts of the golden files, for backends on which all would take too long.

import { familyOf } from './adapters/index.ts';

/** All files, or the first one of each model, or of each family of adapters (a file in adapters/: an origin, or a part of one). */
export type Part = 'all' | 'models' | 'families';

/** Whether the next file, by its model, belongs to the part. To be asked once for each file, in order. */
export function chosen(part: Part): (model: string) => boolean {
  const seen = new Set<string | number>();
  return (model) => {
    const kind = part === 'families' ? familyOf(model) : model;
    if (part !== 'all' && seen.has(kind)) return false;
    seen.add(kind);
    return true;
  };
}
