// Elements of the page by their id.

/** The element `id`, which must be there and of this class. */
export function element<E extends HTMLElement = HTMLElement>(id: string, kind?: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`The page has no element '${id}' of the right kind.`);
  return found as E;
}
