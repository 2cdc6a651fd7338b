/**
 * An estimate of the energy of synaptic operations: E = MACs E_mac + ACs E_ac. It is arithmetic only. Reading weights and states from memory, which
 * may cost orders of magnitude more, moving spikes, updating neurons and leakage are not in it, so it compares networks on one kind of arithmetic and
 * says nothing of a device.
 */
import type { SynapticOperations } from './workload.ts';

/** What one operation costs, joules, and where that is from. */
export interface EnergyConstants {
  /** A multiplication and an addition. */
  readonly mac: number;
  /** An addition. */
  readonly ac: number;
  readonly source: string;
}

/** 32-bit floating point in 45 nm at 0.9 V: multiplication 3.7 pJ, addition 0.9 pJ. */
export const ENERGY_45NM: EnergyConstants = {
  mac: 4.6e-12,
  ac: 0.9e-12,
  source: "32-bit floating point, 45 nm, 0.9 V: M. Horowitz, Computing's energy problem, ISSCC 2014",
};

/** Joules of arithmetic per sample, from the operations of `workload`. */
export const energy = (operations: SynapticOperations, constants: EnergyConstants = ENERGY_45NM): number =>
  operations.effectiveMacs * constants.mac + operations.effectiveAcs * constants.ac;
