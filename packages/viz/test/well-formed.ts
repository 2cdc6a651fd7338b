/** A strict check of XML: tags that match, quoted attributes, known entities, legal characters. Throws a sentence where something is wrong. */

const TAG = /^<(\/?)([a-zA-Z][\w:.-]*)((?:\s+[a-zA-Z][\w:.-]*="[^"<]*")*)\s*(\/?)>/;
const LEGAL = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Values of all attributes, by name. */
export function checkXml(document: string): Map<string, string[]> {
  const attributes = new Map<string, string[]>();
  const open: string[] = [];
  if (!LEGAL.test(document)) throw new Error('There is a character that XML forbids.');
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(document)) throw new Error('There is a bare ampersand or an unknown entity.');
  let rest = document.replace(/^<!doctype html>\s*/, '').trim();
  let roots = 0;
  while (rest.length > 0) {
    if (!rest.startsWith('<')) {
      const next = rest.indexOf('<');
      if (open.length === 0 || next < 0) throw new Error('There is text outside the root element.');
      if (open.at(-1) !== 'style' && rest.slice(0, next).includes(']]>')) throw new Error('There is "]]>" in text.');
      rest = rest.slice(next);
      continue;
    }
    const tag = TAG.exec(rest);
    if (!tag) throw new Error(`This is no tag: ${rest.slice(0, 80)}`);
    const [all, closing, name, list, empty] = tag;
    const seen = new Set<string>();
    for (const [, key, value] of list.matchAll(/([a-zA-Z][\w:.-]*)="([^"]*)"/g)) {
      if (seen.has(key)) throw new Error(`The attribute ${key} is there twice.`);
      seen.add(key);
      attributes.set(key, [...(attributes.get(key) ?? []), value]);
    }
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes what is not open.`);
    } else {
      if (open.length === 0 && roots++ > 0) throw new Error('There are two root elements.');
      if (!empty) open.push(name);
    }
    rest = rest.slice(all.length);
  }
  if (open.length > 0 || roots !== 1) throw new Error(`There are open elements at the end: ${open.join(', ')}`);
  return attributes;
}

const NUMERIC = ['x', 'y', 'width', 'height', 'd', 'viewBox', 'transform', 'fill-opacity', 'stroke-width'];

/** `checkXml`, and no coordinate is anything but a finite number. */
export function checkDrawing(svg: string): void {
  const attributes = checkXml(svg);
  for (const name of NUMERIC) {
    for (const value of attributes.get(name) ?? []) {
      if (/nan|inf|undefined|null|e[+-]?\d/i.test(value)) throw new Error(`The attribute ${name} is ${value}.`);
      for (const number of value.match(/-?[\d.]+/g) ?? []) {
        if (!Number.isFinite(Number(number))) throw new Error(`The attribute ${name} holds ${number}.`);
      }
    }
  }
}
