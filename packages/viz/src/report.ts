/** One HTML file that holds everything: no script, no font, no address. Light or dark as the reader's system is. */
import { escapeText } from './markup.ts';

/** A table of text. */
export interface ReportTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A drawing and what is to be seen in it. */
export interface ReportFigure {
  /** An `<svg>` element from a function of this package: markup, the only thing here that is not escaped. */
  readonly svg: string;
  readonly caption: string;
}

/** A part of a report; its parts appear in this order. */
export interface ReportSection {
  readonly title: string;
  readonly paragraphs?: readonly string[];
  readonly tables?: readonly ReportTable[];
  readonly figures?: readonly ReportFigure[];
}

/** A report. */
export interface Report {
  readonly title: string;
  readonly sections: readonly ReportSection[];
}

const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #16181d; --snn-quiet: #5b6472; --snn-grid: #d6d9de;
  --snn-series-0: #0b62c4; --snn-series-1: #b34700; --snn-series-2: #00734d; --snn-series-3: #9c1f76;
  --snn-heat: #0b4f9e; --snn-on-heat: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181d; --ink: #e8eaee; --snn-quiet: #9aa3b2; --snn-grid: #3a404b;
  --snn-series-0: #6cb2ff; --snn-series-1: #ff9d5c; --snn-series-2: #4ed3a0; --snn-series-3: #f08ad0;
  --snn-heat: #8ec5ff; --snn-on-heat: #10131a; } }
body { margin: 0 auto; max-width: 1320px; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem; } p { max-width: 46rem; }
table { border-collapse: collapse; margin: 0.5rem 0; } caption { text-align: left; color: var(--snn-quiet); padding-bottom: 0.25rem; }
th, td { text-align: left; padding: 0.2rem 1.2rem 0.2rem 0; border-bottom: 1px solid var(--snn-grid); vertical-align: top; font-variant-numeric: tabular-nums; }
.tables { display: flex; flex-wrap: wrap; gap: 0.5rem 3rem; } .wide { overflow-x: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; } figure { margin: 0; flex: 0 1 auto; max-width: 100%; }
figcaption { color: var(--snn-quiet); max-width: 40rem; } svg { display: block; height: auto; }
`;

const table = ({ caption, head, rows }: ReportTable): string => {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag.split(' ')[0]}>`).join('')}</tr>`;
  return (
    `<div class="wide"><table><caption>${escapeText(caption)}</caption><thead>${line('th scope="col"', head)}</thead>` +
    `<tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>`
  );
};

// a drawing is as wide as its own coordinates say, or as the page, whichever is less
const figure = ({ svg, caption }: ReportFigure): string => {
  const width = /viewBox="0 0 ([\d.]+)/.exec(svg)?.[1] ?? '640';
  return `<figure style="width:${width}px">${svg}<figcaption>${escapeText(caption)}</figcaption></figure>`;
};

const section = ({ title, paragraphs = [], tables = [], figures = [] }: ReportSection): string =>
  [
    `<section><h2>${escapeText(title)}</h2>`,
    ...paragraphs.map((text) => `<p>${escapeText(text)}</p>`),
    tables.length > 0 ? `<div class="tables">${tables.map(table).join('')}</div>` : '',
    figures.length > 0 ? `<div class="figures">${figures.map(figure).join('')}</div>` : '',
    '</section>',
  ].join('\n');

/** A self-contained HTML document. All text is escaped. */
export function htmlReport({ title, sections }: Report): string {
  const name = escapeText(title);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>',
    `<title>${name}</title><style>${STYLE}</style></head>`,
    `<body><main><h1>${name}</h1>`,
    ...sections.map(section),
    '</main></body></html>',
    '',
  ].join('\n');
}
