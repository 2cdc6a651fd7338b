/** Where slots lie: values that are not needed at the same time share memory. */

/** Something that needs memory while the commands `first` to `last` run. */
export interface Lifetime {
  readonly id: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Offsets by id, and the bytes that hold them all. Larger ones are placed first, each as low as those of its time allow. */
export function layOut(
  lifetimes: readonly Lifetime[],
  alignment = 128,
): { readonly offsets: ReadonlyMap<number, number>; readonly bytes: number } {
  const placed: (Lifetime & { readonly at: number })[] = [];
  let bytes = 0;
  for (const lifetime of [...lifetimes].sort((x, y) => y.bytes - x.bytes || x.id - y.id)) {
    // one vector beyond the end may be read
    const size = Math.ceil((lifetime.bytes + 16) / alignment) * alignment;
    const others = placed.filter(({ first, last }) => first <= lifetime.last && last >= lifetime.first).sort((x, y) => x.at - y.at);
    let at = 0;
    for (const other of others) {
      if (at + size <= other.at) break;
      at = Math.max(at, other.at + other.bytes);
    }
    placed.push({ ...lifetime, bytes: size, at });
    bytes = Math.max(bytes, at + size);
  }
  return { offsets: new Map(placed.map(({ id, at }) => [id, at])), bytes };
}
