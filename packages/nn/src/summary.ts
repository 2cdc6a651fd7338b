/** A network as a table for people: its layers, what they send, and how many numbers they train and remember. */
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
  return [{ path: path || layer.name, name: layer.name, output: sent, parameters: count(raw), state }];
}

/** The table: layer, output shape, trained parameters, state variables per sample; the last line is the total. */
export function summary<T extends TensorMeta>(b: Backend<T>, network: Layer, parameters: Tree<T>, options: SummaryOptions = {}): string {
  const scope = arena(b);
  try {
    const rows = rowsOf(scope, network, parameters, options.inputShape ?? null, '');
    const known = rows.every((row) => row.state !== null);
    const total = rows.reduce((sum, row) => sum + (row.state ?? 0), 0);
    const cells = [
      ['', 'layer', 'output', 'parameters', 'state'],
      ...rows.map((row) => [row.path, row.name, row.output, String(row.parameters), row.state === null ? '?' : String(row.state)]),
      ['total', '', '', String(rows.reduce((sum, row) => sum + row.parameters, 0)), known ? String(total) : '?'],
    ];
    const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
    const align = (text: string, column: number): string => (column < 3 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
    return cells.map((line) => line.map(align).join('  ').trimEnd()).join('\n');
  } finally {
    scope.release();
  }
}
