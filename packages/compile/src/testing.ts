/** `@snn/compile/testing`: how often something is traced, as a test. */
import type { Trace } from './relative.ts';

/** What keeps account of its traces: a `RelativeStep`, or a model of `@snn/nn`. */
export interface Traced {
  readonly traces: readonly Trace[];
}

const describe = ({ step, shape, reason }: Trace): string =>
  `'${step}' for inputs [${shape.join(', ')}]${reason ? `, because ${reason}` : ''}`;

/**
 * Run `f` and throw if `traced` has more than `most` new traces afterwards: `await maxTraces(1, model, () => fit(model, data, options))`.
 *
 * @throws an error that names the step and the shape of the inputs of each trace, and what made it necessary.
 */
export async function maxTraces<R>(most: number, traced: Traced, f: () => R | Promise<R>): Promise<R> {
  const before = traced.traces.length;
  const result = await f();
  const made = traced.traces.slice(before);
  if (made.length > most)
    throw new Error(`maxTraces: ${made.length} traces were made where ${most} may be:\n${made.map((t) => `- ${describe(t)}`).join('\n')}`);
  return result;
}
