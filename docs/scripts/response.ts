// The response of a neuron model as a drawing: its states and what it sends, over time, for a step current and for a spike train. Runs the model
// on the plain tier, so that the drawing is the same everywhere, to the character.

import { type CpuTensor, plainCpu } from '@snn/backend-cpu';
import { type NeuronModel, type Parameters, type State, sizeOf } from '@snn/core';
import { lineChart, type Series, spikeRaster } from '@snn/viz';

/** A number, or a tensor. */
type Value = number | { readonly data: readonly number[]; readonly shape: readonly number[] };

/** What to draw of a model. */
export interface Picture<P extends string, S extends string, O extends object> {
  /** Size of the step current. */
  readonly step: number;
  /** What one spike of the train is worth. */
  readonly train: number;
  /** States, chart by chart: those of one chart share its axis. */
  readonly charts: readonly (readonly S[])[];
  /** What the model sends: spikes, a value that is a state, or a value of its own. */
  readonly output: 'spikes' | 'state' | 'value';
  readonly parameters?: Readonly<Partial<Record<P, Value>>>;
  readonly options?: Partial<O>;
  /** Shape of the input, without the batch. Default: one neuron. */
  readonly shape?: readonly number[];
  /** Which neurons are drawn, by name, and which of them gets the input. Default: the only one. */
  readonly watch?: Readonly<Record<string, number>>;
  readonly driven?: number;
  /** How many steps there are for one of the usual 100. Default 1. */
  readonly stretch?: number;
}

const STEPS = 100;
/** The current flows from the first of these steps up to, not including, the second. */
const CURRENT = [10, 80] as const;
const SPIKES: readonly number[] = [10, 25, 40, 43, 46, 49, 52, 75];

/** Drawings below each other as one, on white paper. */
export function stack(title: string, drawings: readonly string[]): string {
  let height = 0;
  let width = 0;
  const placed = drawings.map((drawing) => {
    // rows of a raster are named in its title; a label beside so few of them would stick out
    const body = drawing.replace(/<text transform[^>]*>neuron<.text>/, '');
    const [head, w, h] = /^<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>/.exec(body) ?? ['', '0', '0'];
    const at = height;
    height += Number(h);
    width = Math.max(width, Number(w));
    return `<svg y="${at}" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${body.slice(head.length)}\n`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="#1b1f24" color="#1b1f24">\n<title>${title}</title>\n` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>\n${placed.join('')}</svg>\n`
  );
}

/** A curve of one number per step. */
export const curve = (name: string, values: readonly number[]): Series => ({ name, points: values.map((y, t) => [t, y] as const) });

/** Draw a model's response to both stimuli. */
export function draw<P extends string, S extends string, O extends object>(model: NeuronModel<P, S, O>, picture: Picture<P, S, O>): string {
  const { step, train, stretch = 1 } = picture;
  const steps = STEPS * stretch;
  const current = Array.from({ length: steps }, (_, t) => (t >= CURRENT[0] * stretch && t < CURRENT[1] * stretch ? step : 0));
  const spikes = Array.from({ length: steps }, (_, t) => (SPIKES.includes(t / stretch) ? train : 0));
  return stack(`${model.name}: response to a step current and to a spike train`, [
    ...charts(model, picture, `step current of ${step}, steps ${CURRENT[0] * stretch} to ${CURRENT[1] * stretch - 1}`, current, false),
    ...charts(model, picture, `spikes of weight ${train}`, spikes, true),
  ]);
}

function charts<P extends string, S extends string, O extends object>(
  model: NeuronModel<P, S, O>,
  { charts, output, parameters, options, shape = [1], watch = { '': 0 }, driven = 0 }: Picture<P, S, O>,
  stimulus: string,
  input: readonly number[],
  spiking: boolean,
): string[] {
  const b = plainCpu();
  const given: Readonly<Partial<Record<string, Value>>> = parameters ?? {};
  const values = Object.entries<{ readonly default: number }>(model.parameters).map(([key, spec]) => {
    const value = given[key] ?? spec.default;
    return [key, typeof value === 'number' ? value : b.fromData(value.data, value.shape)] as const;
  });
  const used = Object.fromEntries(values) as Parameters<P, CpuTensor>;
  const settings: O = { ...model.options, ...options };
  model.check?.(used, settings);

  const traces = new Map<string, number[]>();
  const keep = (name: string, x: CpuTensor): void => {
    const data = b.readSync(x);
    for (const [neuron, at] of Object.entries(watch)) {
      const key = `${name}${neuron && ` ${neuron}`}`;
      traces.set(key, [...(traces.get(key) ?? []), data[at]]);
    }
  };
  let state: State<S, CpuTensor> = model.initialState(b, used, [1, ...shape], settings);
  for (const x of input) {
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i === driven ? x : 0));
    const [sent, next] = model.step(b, used, state, b.fromData(data, [1, ...shape]), settings);
    state = next;
    keep('output', sent);
    for (const name of model.states) keep(name, state[name]);
  }

  const of = (name: string): readonly number[] => traces.get(name) ?? [];
  const names = (state: string): string[] => Object.keys(watch).map((neuron) => `${state}${neuron && ` ${neuron}`}`);
  const threshold = given.threshold ?? (model.parameters as Readonly<Record<string, { readonly default: number }>>).threshold?.default;
  const drawings = charts.map((states, i) =>
    lineChart({
      title: `${model.name}, ${stimulus}`,
      x: 'time step',
      y: states.join(', '),
      series: states.flatMap((state) => names(state).map((name) => curve(name, of(name)))),
      marks: i === 0 && typeof threshold === 'number' ? [{ name: 'threshold', y: threshold }] : [],
    }),
  );
  if (output === 'value') {
    const series = names('output').map((name) => curve(name, of(name)));
    drawings.push(lineChart({ title: `${model.name}, output`, x: 'time step', y: 'output', series }));
  }
  const rows = [
    ...(spiking ? [{ name: 'input', values: input }] : []),
    ...(output === 'spikes' ? names('output') : []).map((name) => ({ name, values: of(name) })),
  ];
  if (rows.length > 0) {
    const title = `Spikes: ${rows.map(({ name }, i) => `${i} ${name}`).join(', ')}`;
    const spikes = input.flatMap((_, t) => rows.map(({ values }) => values[t]));
    drawings.push(
      spikeRaster({ title, steps: input.length, neurons: rows.length, spikes }).replace(/<text transform[^>]*>neuron<.text>/, ''),
    );
  }
  return drawings;
}
