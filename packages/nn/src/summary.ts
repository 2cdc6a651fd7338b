/**
 * A network as a table for people: its layers, what they send, how many numbers they train and remember, and what is known of their cost before they
 * run: bytes (the footprint of NeuroBench: parameters and the state of one sample, 4 each) and multiply-adds per step when none is skipped.
 */
import { arena, type Backend, sizeOf, type TensorMeta, type Tree, treeLeaves } from '@snn/core';
import { type Context, childPath, type Layer, prepare } from './layer.ts';

/** Options of `summary`. */
export interface SummaryOptions {
  /** Shape of one input without batch, as in `[1, 28, 28]`. Default: not known; only needed where shapes depend on it, as after `conv2d`. */
  readonly inputShape?: readonly number[];
}

/** A line of the table: one layer. */
interface Row {
  readonly path: string;
  readonly name: string;
  readonly output: string;
  readonly parameters: number;
  /** State variables per sample; null where the shape of the input is not known. */
  readonly state: number | null;
  /** Dense synaptic operations per step and sample; null where the shape of the input is not known. */
  readonly operations: number | null;
}

const count = (tree: unknown): number => treeLeaves<TensorMeta>(tree).reduce((sum, { value }) => sum + sizeOf(value.shape), 0);

function rowsOf<T extends TensorMeta>(
  b: Backend<T>,
  layer: Layer,
  raw: Tree<T>,
  input: readonly number[] | null,
  path: string,
): readonly Row[] {
  if (layer.children) {
    const children = (raw as { readonly layers: readonly Tree<T>[] }).layers;
    let shape = input;
    return layer.children.flatMap((child, i) => {
      const place = childPath(path, i);
      const rows = rowsOf(b, child, children[i], shape, place);
      shape = child.outputShape(shape, place);
      return rows;
    });
  }
  const output = layer.outputShape(input, path);
  // most layers' states depend on their own size only; without a known input, that of the output stands for it
  const shape = input ?? output;
  const context: Context<T> = { training: false, key: null, path };
  const state = shape === null ? null : count(layer.initialState(b, prepare(b, layer, raw), [1, ...shape], context));
  const sent = output === null ? '?' : `[T, B, ${output.join(', ')}]`;
  const operations = layer.denseOperations ? layer.denseOperations(input) : 0;
  return [{ path: path || layer.name, name: layer.name, output: sent, parameters: count(raw), state, operations }];
}

/** What is known of a network before it runs; null where it depends on a shape that is not known. */
export interface Totals {
  readonly parameters: number;
  readonly state: number | null;
  readonly bytes: number | null;
  readonly operations: number | null;
}

const BYTES = 4;
const sum = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce((total, n) => (total === null || n === null ? null : total + n), 0);
const bytesOf = ({ parameters, state }: Pick<Row, 'parameters' | 'state'>): number | null =>
  state === null ? null : BYTES * (parameters + state);

function totalsOf(rows: readonly Row[]): Totals {
  const parameters = rows.reduce((total, row) => total + row.parameters, 0);
  const state = sum(rows.map((row) => row.state));
  return { parameters, state, bytes: bytesOf({ parameters, state }), operations: sum(rows.map((row) => row.operations)) };
}

function rowsIn<T extends TensorMeta>(b: Backend<T>, network: Layer, parameters: Tree<T>, options: SummaryOptions): readonly Row[] {
  const scope = arena(b);
  try {
    return rowsOf(scope, network, parameters, options.inputShape ?? null, '');
  } finally {
    scope.release();
  }
}

/** The last line of the table as numbers. */
export const totals = <T extends TensorMeta>(b: Backend<T>, network: Layer, parameters: Tree<T>, options: SummaryOptions = {}): Totals =>
  totalsOf(rowsIn(b, network, parameters, options));

/** The table: layer, output shape, parameters, state variables per sample, bytes, dense operations per step; the last line is the total. */
export function summary<T extends TensorMeta>(b: Backend<T>, network: Layer, parameters: Tree<T>, options: SummaryOptions = {}): string {
  const rows = rowsIn(b, network, parameters, options);
  const total = totalsOf(rows);
  const show = (n: number | null): string => (n === null ? '?' : String(n));
  const cells = [
    ['', 'layer', 'output', 'parameters', 'state', 'bytes', 'operations'],
    ...rows.map((row) => [
      row.path,
      row.name,
      row.output,
      String(row.parameters),
      show(row.state),
      show(bytesOf(row)),
      show(row.operations),
    ]),
    ['total', '', '', String(total.parameters), show(total.state), show(total.bytes), show(total.operations)],
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const align = (text: string, column: number): string => (column < 3 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  return cells.map((line) => line.map(align).join('  ').trimEnd()).join('\n');
}
