// What a golden file holds, as types, and how exact it is. `vectors/README.md` says what every field means. Reads no files, so that browsers can check
// golden files, too; that is what folder.ts does.

/** A tensor of a file; null in `data` stands for NaN or infinity. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: readonly (number | null)[];
}

/** A scalar, or a tensor. */
export type Stored = number | StoredTensor;

export type Named<X> = Readonly<Record<string, X>>;

/** A neuron run over time: inputs, outputs, states and gradients. */
export interface StepFile {
  readonly model: string;
  readonly description: string;
  readonly dt: number;
  readonly params: Named<Stored>;
  readonly activatedParams?: Named<Stored>;
  readonly differentiableParams: readonly string[];
  readonly config: Named<unknown>;
  readonly shapes: { readonly T: number; readonly B: number; readonly input: number; readonly size: number };
  readonly inputs: Named<StoredTensor>;
  readonly weights: Named<StoredTensor>;
  readonly initialState: Named<Stored>;
  readonly outputs: { readonly out: StoredTensor; readonly states: Named<StoredTensor>; readonly finalState: Named<Stored> };
  readonly loss: { readonly coefficients: { readonly out?: StoredTensor; readonly finalState?: Named<Stored> } };
  readonly gradients: Named<Named<Stored | null>> | null;
  readonly float32: { readonly out: StoredTensor; readonly states: Named<StoredTensor>; readonly maxAbsDiffToFloat64: number | null };
  readonly thresholdMargin: number | null;
}

/** One call of a function: a surrogate, an encoder, a loss. */
export interface FunctionEntry {
  readonly function: string;
  readonly args: Named<unknown>;
  readonly inputs: Named<Stored>;
  readonly gradientOf?: readonly string[];
  readonly coefficient?: Stored;
  readonly outputs: Named<Stored>;
  readonly gradients?: Named<Stored | null>;
  readonly gradientInFloat32Only?: boolean;
  readonly float32: { readonly out: Stored; readonly maxAbsDiffToFloat64: number | null };
}

/** Calls of functions of one module. */
export interface FunctionFile {
  readonly kind: 'functions';
  readonly model: string;
  readonly entries: readonly FunctionEntry[];
}

export type GoldenFile = StepFile | FunctionFile;

/** A file of a folder and what it is compared with. */
export interface NamedFile {
  readonly name: string;
  readonly content: GoldenFile;
  /** Absolute plus relative tolerance of outputs in float32. */
  readonly tolerance32: number;
}

/** A scalar as a tensor of rank 0. */
export const tensorOf = (x: Stored): StoredTensor => (typeof x === 'number' ? { shape: [], data: [x] } : x);

/**
 * Tolerances for float32 outputs from the table of a README: rows `| name.json | ... | 1e-12 / 2e-06 |`.
 *
 * The second number is about four times what the origin itself loses between the precisions.
 */
export function parseTolerances(readme: string): ReadonlyMap<string, number> {
  const rows = readme.matchAll(/^\|\s*(\S+\.json)\s*\|.*\|\s*\S+\s*\/\s*(\S+)\s*\|\s*$/gm);
  return new Map([...rows].map(([, name, tolerance]) => [name, Number(tolerance)]));
}

/** What the README would say of a file that its table lacks: four times the origin's own loss, and at least 2e-6. */
export function derivedTolerance(file: GoldenFile): number {
  const losses = 'kind' in file ? file.entries.map((entry) => entry.float32.maxAbsDiffToFloat64) : [file.float32.maxAbsDiffToFloat64];
  return Math.max(2e-6, 4 * Math.max(...losses.map((loss) => loss ?? 0)));
}

/** A file with its tolerance, from the table of a README or derived. */
export function named(name: string, content: GoldenFile, table: ReadonlyMap<string, number>): NamedFile {
  return { name, content, tolerance32: table.get(name) ?? derivedTolerance(content) };
}
