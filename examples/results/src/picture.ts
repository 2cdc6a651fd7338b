/** The picture of a task: one curve per variant, the mean over its seeds, and the published figures as lines. */
import { lineChart, type Series } from '@snn/viz';
import type { Evidence } from './evidence.ts';
import type { TaskRecord, VariantRecord } from './record.ts';

/** The first curve of a variant: the mean over seeds at the iterations that all of them have. */
function curveOf({ name, runs }: VariantRecord): Series | null {
  const curves = runs.flatMap((run) => run.curves.slice(0, 1).map((curve) => new Map(curve.points)));
  if (curves.length === 0) return null;
  const common = [...curves[0].keys()].filter((x) => curves.every((curve) => curve.has(x)));
  const mean = (x: number): number => curves.reduce((sum, curve) => sum + (curve.get(x) ?? 0), 0) / curves.length;
  return { name, points: common.map((x) => [x, mean(x)] as const) };
}

/** An SVG with a white ground, which stands alone; null when no run left a curve. */
export function pictureOf(task: Evidence, record: TaskRecord): string | null {
  const series = record.variants.flatMap((variant) => curveOf(variant) ?? []);
  if (series.length === 0) return null;
  const figures = new Map(task.variants.flatMap(({ published }) => (published === null ? [] : [[published.score, published.source]])));
  const marks = [...figures.keys()].map((y) => ({ name: `published ${Number(y.toPrecision(4))}`, y: Number(y) }));
  const svg = lineChart({ title: task.title, x: 'training iteration', y: task.unit, series, marks });
  return `${svg.replace('</desc>', '</desc><rect width="100%" height="100%" fill="#ffffff"/>')}\n`;
}
