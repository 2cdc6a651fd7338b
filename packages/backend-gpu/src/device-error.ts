/** The error of a device: what failed, what the limit is and what was asked for. */
import { SnnError } from '@snn/core';

/**
 * What a device refused or lost. `missing`: it is not there; `lost`: its context is gone, and with it all tensors; `limit`: something is larger
 * than it allows; `timeout`: it no longer answers; `failed`: a kernel was refused.
 */
export type DeviceFailure = 'missing' | 'lost' | 'limit' | 'timeout' | 'failed';

/** A device cannot do what was asked (`code: 'unsupported'`). `runWithFallback` goes on to the next device when it meets one. */
export class DeviceError extends SnnError {
  readonly failure: DeviceFailure;
  /** Of a `limit`: what the device allows, in the unit of `request`; else null. */
  readonly limit: number | null;
  /** Of a `limit`: what was asked for; else null. */
  readonly request: number | null;
  constructor(failure: DeviceFailure, message: string, limit: number | null = null, request: number | null = null) {
    super('unsupported', message);
    this.name = 'DeviceError';
    this.failure = failure;
    this.limit = limit;
    this.request = request;
  }
}

/** Whether something that was thrown is a `DeviceError`, also one of another copy of this package. */
export const isDeviceError = (thrown: unknown): thrown is DeviceError => (thrown as Error | undefined)?.name === 'DeviceError';
