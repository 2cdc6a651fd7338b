import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confusionMatrix, greyImage, htmlReport, lineChart, membraneTraces, spikeRaster } from '../src/index.ts';
import { checkDrawing, checkXml } from './well-formed.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<script>alert(1)</script>', '"&\'<>', ']]>', '\u0000\u{D800}'));
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324),
);

describe('the check of XML finds mistakes', () => {
  test.each(['<a><b></a></b>', '<a x="1" x="2"/>', '<a x=1/>', '<a>&nbsp;</a>', '<a/><b/>', '<a>', '<a x="<"/>', '<a>\u0000</a>'])(
    '%s',
    (wrong) => {
      expect(() => checkXml(wrong)).toThrow();
    },
  );
  test('coordinates', () => {
    expect(() => checkDrawing('<svg x="NaN"/>')).toThrow();
    expect(() => checkDrawing('<path d="M1 Infinity"/>')).toThrow();
    checkDrawing('<path d="M1 2.5h3v-4z"/>');
  });
});

describe('any input gives a well-formed drawing without a coordinate that is not a number', () => {
  test('line chart', () => {
    const point = fc.tuple(number, number);
    const series = fc.record({ name: text, points: fc.array(point, { maxLength: 20 }), quiet: fc.boolean() });
    fc.assert(
      fc.property(text, text, fc.array(series, { maxLength: 6 }), fc.option(number), (title, x, all, mark) => {
        checkDrawing(lineChart({ title, x, y: x, series: all, marks: mark === null ? [] : [{ name: title, y: mark }] }));
      }),
      { numRuns: 500 },
    );
  });

  test('raster, traces and image', () => {
    fc.assert(
      fc.property(text, fc.nat(6), fc.nat(40), fc.infiniteStream(number), (title, steps, neurons, stream) => {
        const values = [...stream.take(steps * neurons)];
        checkDrawing(spikeRaster({ title, steps, neurons, spikes: values }));
        checkDrawing(membraneTraces({ title, steps, neurons, values, highlight: [0, 3, 99, -1], threshold: values[0] }));
        checkDrawing(greyImage({ title, rows: steps, columns: neurons, pixels: values }));
      }),
    );
  });

  test('confusion matrix', () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), fc.infiniteStream(number), (title, classes, stream) => {
        checkDrawing(confusionMatrix({ title, classes, counts: [...stream.take(classes.length ** 2)] }));
      }),
    );
  });

  test('report', () => {
    const section = fc.record({
      title: text,
      paragraphs: fc.array(text),
      tables: fc.array(fc.record({ caption: text, head: fc.array(text), rows: fc.array(fc.array(text)) })),
      figures: fc.array(fc.record({ svg: text.map((title) => greyImage({ title, rows: 1, columns: 1, pixels: [9] })), caption: text })),
    });
    fc.assert(fc.property(text, fc.array(section, { maxLength: 3 }), (title, sections) => void checkXml(htmlReport({ title, sections }))));
  });
});

describe('line chart', () => {
  const chart = (...ys: readonly number[]): string =>
    lineChart({ title: 'Loss', x: 'batch', y: 'loss', series: [{ name: 'training', points: ys.map((y, x) => [x, y]) }] });
  const curveOf = (svg: string): string => /<path d="([^"]*)"[^>]*stroke-linejoin/.exec(svg)?.[1] ?? '';

  test('without finite values there is a message', () => {
    for (const svg of [chart(), chart(Number.NaN), chart(Infinity, -Infinity)])
      expect(svg).toContain('No finite values to draw (loss over batch).');
  });
  test('time runs to the right, larger values are higher', () => {
    expect(curveOf(chart(1, 3))).toBe('M62 254L624 42');
  });
  test('a hole in the values is a hole in the line, a point alone is a dot', () => {
    expect(curveOf(chart(1, 2, Number.NaN, 3, Number.NaN, 4, 5)).replace(/[\d.]+ [\d.]+/g, 'p')).toBe('MpLpMph0MpLp');
  });
  test('a constant series lies in the middle', () => {
    expect(curveOf(chart(7, 7))).toBe('M62 148L624 148');
  });
  test('the description says where a curve ends', () => {
    expect(chart(7, 0.123456)).toContain('<desc>loss over batch. training ends at 0.1235.</desc>');
  });
});

describe('spike raster', () => {
  test('has a mark per spike', () => {
    const svg = spikeRaster({ title: 'Spikes', steps: 2, neurons: 3, spikes: [1, 0, 0, 0, 1, 1] });
    expect(svg).toContain('3 spikes of 3 neurons in 2 steps.');
    expect(/<path d="((?:M[\d. ]+v[\d.]+)*)"/.exec(svg)?.[1].split('M').length).toBe(4);
  });
  test('wants as many values as there are', () => {
    expect(() => spikeRaster({ title: '', steps: 2, neurons: 3, spikes: [1] })).toThrow('need 6 values, but 1 came');
  });
});

test('traces put the highlighted neurons into the legend and no others', () => {
  const svg = membraneTraces({ title: 'v', steps: 2, neurons: 3, values: [0, 1, 2, 3, 4, 5], highlight: [2], threshold: 1 });
  expect(svg).toContain('neuron 2');
  expect(svg).not.toContain('neuron 1');
  expect(svg).toContain('threshold');
  expect(() => membraneTraces({ title: '', steps: 2, neurons: 2, values: [], highlight: [] })).toThrow('need 4 values');
});

test('a confusion matrix counts its diagonal', () => {
  expect(confusionMatrix({ title: 'c', classes: ['0', '1'], counts: [8, 2, 1, 9] })).toContain('17 of 20 on the diagonal.');
  expect(() => confusionMatrix({ title: 'c', classes: ['0', '1'], counts: [1] })).toThrow('2 classes need 4 counts');
});

test('an image draws runs of one shade at once', () => {
  const svg = greyImage({ title: 'i', rows: 1, columns: 4, pixels: [255, 255, 0, 128] });
  expect(svg).toContain('<path d="M0 0h2v1H0z" fill-opacity="1"/>');
  expect(svg).toContain('<path d="M3 0h1v1H3z" fill-opacity="0.5"/>');
  expect(() => greyImage({ title: '', rows: 2, columns: 2, pixels: [] })).toThrow('need 4 pixels');
});

test('a report loads nothing, runs nothing and knows light and dark', () => {
  const image = greyImage({ title: 'i', rows: 1, columns: 1, pixels: [1] });
  const html = htmlReport({ title: 't', sections: [{ title: 's', paragraphs: ['<b>bold</b>'], figures: [{ svg: image, caption: 'c' }] }] });
  expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|src=|href=|url\(|@import|<script|<img/);
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).toContain('&lt;b&gt;bold&lt;/b&gt;');
});

/** Contrast of two colours after WCAG 2. */
function contrast(first: string, second: string): number {
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(first), luminance(second)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** `share` of colour `top` over colour `base`. */
const mix = (top: string, base: string, share: number): string =>
  `#${[1, 3, 5]
    .map((i) =>
      Math.round(share * Number.parseInt(top.slice(i, i + 2), 16) + (1 - share) * Number.parseInt(base.slice(i, i + 2), 16))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

test('text and lines have enough contrast in light and dark', () => {
  const [light, dark] = htmlReport({ title: '', sections: [] })
    .split('@media')
    .map((css) => Object.fromEntries([...css.matchAll(/--([\w-]+): (#[\da-f]{6})/g)].map(([, name, value]) => [name, value])));
  for (const theme of [light, dark]) {
    expect(contrast(theme.ink, theme.paper)).toBeGreaterThan(7);
    expect(contrast(theme['snn-quiet'], theme.paper)).toBeGreaterThan(4.5);
    for (const i of [0, 1, 2, 3]) expect(contrast(theme[`snn-series-${i}`], theme.paper)).toBeGreaterThan(4.5);
    // the darkest shade under ordinary text, the lightest under inverted text (see confusion-matrix.ts)
    expect(contrast(theme.ink, mix(theme['snn-heat'], theme.paper, 0.4))).toBeGreaterThan(4.5);
    expect(contrast(theme['snn-on-heat'], mix(theme['snn-heat'], theme.paper, 0.85))).toBeGreaterThan(4.5);
  }
});

test('names of marks that lie close do not cover each other', () => {
  const series = [{ name: 'a', points: [[0, 0] as const, [1, 1] as const] }];
  const at = (values: readonly number[]): readonly number[] => {
    const drawn = lineChart({ title: 't', x: 'x', y: 'y', series, marks: values.map((y) => ({ name: `mark ${y}`, y })) });
    return values.map((y) => Number(new RegExp(`y="([^"]+)"[^>]*>mark ${y}<`).exec(drawn)?.[1]));
  };
  for (const values of [
    [0.5, 0.505],
    [0.505, 0.5],
    [0.93, 0.939, 0.97, 0.95],
  ]) {
    const heights = at(values).toSorted((a, b) => a - b);
    for (let i = 1; i < heights.length; i++) expect(heights[i] - heights[i - 1]).toBeGreaterThan(10);
  }
});
