/** Text and numbers as they go into XML: escaped and finite. Everything that other files of this package write passes through here. */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

// XML 1.0 keeps most control characters out of documents
const FORBIDDEN: RegExp = /* @__PURE__ */ /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Text for element contents and quoted attributes. What XML cannot hold (control characters, half surrogates) becomes U+FFFD. */
export const escapeText = (text: string): string =>
  text.replace(FORBIDDEN, '\u{FFFD}').replace(/[&<>"']/g, (character) => ENTITIES[character]);

/** A coordinate, to a hundredth of a pixel. */
export const coordinate = (x: number): string => String(Math.round(x * 100) / 100);

/** A number for people: at most 4 significant digits, no trailing zeros. */
export const numeral = (x: number): string => {
  const size = Math.abs(x);
  const short = Number(x.toPrecision(4));
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? short.toExponential() : String(short);
};

/** Colours: names of custom properties, so that a page can set them for light and dark, with values for an SVG that stands alone. */
export const COLOURS: Readonly<Record<'quiet' | 'grid' | 'heat' | 'onHeat', string>> = {
  quiet: 'var(--snn-quiet, #5b6472)',
  grid: 'var(--snn-grid, #d6d9de)',
  heat: 'var(--snn-heat, #0b4f9e)',
  onHeat: 'var(--snn-on-heat, #ffffff)',
};

/** Colours of curves, as `COLOURS`. */
export const SERIES: readonly string[] = ['#0b62c4', '#b34700', '#00734d', '#9c1f76'].map((value, i) => `var(--snn-series-${i}, ${value})`);

/** Frame of every drawing: scales to the width it is given, names itself to screen readers. */
export function svg(width: number, height: number, title: string, description: string, body: string): string {
  const name = escapeText(title);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${coordinate(width)} ${coordinate(height)}" role="img" aria-label="${name}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="currentColor" style="width:100%;max-width:${coordinate(width)}px">` +
    `<title>${name}</title><desc>${escapeText(description)}</desc>${body}</svg>`
  );
}

/** Horizontal text; `anchor` says which end of it stands at x. */
export const label = (x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end' = 'start', attributes = ''): string =>
  `<text x="${coordinate(x)}" y="${coordinate(y)}" text-anchor="${anchor}"${attributes}>${escapeText(text)}</text>`;
