/** The claims that a case may need. */
import type { Need } from './case.ts';

/** Float32 rounding after each operation, in the contract's order. */
export const EXACT_F32: Need = { claim: 'exactF32: true', holds: (b) => b.supports.exactF32 };
/** NaN and infinities. */
export const NON_FINITE: Need = { claim: 'nonFinite: true', holds: (b) => b.supports.nonFinite };
/** Both. */
export const EXACT_NON_FINITE: Need = {
  claim: 'exactF32: true, nonFinite: true',
  holds: (b) => b.supports.exactF32 && b.supports.nonFinite,
};
/** Reads that need no awaiting. */
export const SYNC_READ: Need = { claim: 'syncRead: true', holds: (b) => b.supports.syncRead };
/** Storage of whole numbers. */
export const INT32: Need = { claim: "dtypes: 'int32'", holds: (b) => b.supports.dtypes.includes('int32') };
/** Storage of masks. */
export const BOOL: Need = { claim: "dtypes: 'bool'", holds: (b) => b.supports.dtypes.includes('bool') };
/** The optional counter of live memory. */
export const MEMORY: Need = { claim: 'memory()', holds: (b) => b.memory !== undefined };
/** Compiled steps. */
export const COMPILE: Need = { claim: "compile: 'step'", holds: (b) => b.compile !== undefined };
/** Compiled steps of a backend that rounds as the contract says. */
export const EXACT_COMPILE: Need = {
  claim: "exactF32: true, compile: 'step'",
  holds: (b) => b.supports.exactF32 && b.compile !== undefined,
};
