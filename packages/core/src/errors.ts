/**
 * The typed errors of the project. Every message is a sentence that names the argument, what was expected, what came and the way out.
 * Test for `error.code` or `error.name`, not with `instanceof`: two copies of this package in one bundle must do no harm.
 */

/** What went wrong, as a stable machine-readable word. */
export type ErrorCode = 'argument' | 'shape' | 'dtype' | 'disposed' | 'unsupported' | 'data';

/** Base of all errors that this project throws on purpose. */
export class SnnError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = 'SnnError';
  }
}

/** An option or argument has a value that makes no sense (`code: 'argument'`). */
export const argumentError = (message: string): SnnError => new SnnError('argument', message);
/** Shapes do not fit together (`code: 'shape'`). */
export const shapeError = (message: string): SnnError => new SnnError('shape', message);
/** A tensor has the wrong element type (`code: 'dtype'`). */
export const dtypeError = (message: string): SnnError => new SnnError('dtype', message);
/** A tensor was used after it had been disposed (`code: 'disposed'`). */
export const disposedError = (message: string): SnnError => new SnnError('disposed', message);
/** A backend lacks what was asked for (`code: 'unsupported'`). */
export const unsupportedError = (message: string): SnnError => new SnnError('unsupported', message);
/** A file or buffer is malformed (`code: 'data'`). */
export const dataError = (message: string): SnnError => new SnnError('data', message);
