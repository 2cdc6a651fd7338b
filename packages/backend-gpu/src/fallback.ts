/** Jobs that outlive a device: where `auto` was asked for, a job whose device fails is run again, from its start, on the next one. */
import { isDeviceError } from './device-error.ts';
import { firstOf, type GpuBackend, type GpuOptions, gpu } from './gpu.ts';
import { type GpuMode, MODES } from './modes.ts';

/** What came of a job. */
export interface FallbackRun<R> {
  readonly result: R;
  /** Where the job ran to its end. */
  readonly mode: GpuMode;
  /** Why it did not end, or begin, on the modes before this one; null when it ran on the first. */
  readonly fallbackReason: string | null;
}

/**
 * Run a job on a backend that is made for it and destroyed after it.
 *
 * With mode `auto` (the default) a job that fails with a `DeviceError` (the device is lost, a limit is exceeded, nothing answers) is run again from
 * its start on the next mode. A job must therefore be able to run twice, and must read what it gives back: tensors do not outlive it.
 *
 * @throws what the job throws; a `DeviceError` when a mode was named and failed, or when `auto` has no mode left.
 */
export async function runWithFallback<R>(job: (b: GpuBackend) => Promise<R>, options: GpuOptions = {}): Promise<FallbackRun<R>> {
  const named = options.mode !== undefined && options.mode !== 'auto';
  const reasons: string[] = [];
  let left: readonly GpuMode[] = MODES;
  for (;;) {
    const b = named ? await gpu(options) : await firstOf(left, reasons);
    try {
      return { result: await job(b), mode: b.mode, fallbackReason: b.fallbackReason };
    } catch (error) {
      left = left.slice(left.indexOf(b.mode) + 1);
      if (named || !isDeviceError(error) || left.length === 0) throw error;
      if (b.fallbackReason) reasons.splice(0, reasons.length, b.fallbackReason);
      reasons.push(error.message);
    } finally {
      await b.destroy();
    }
  }
}
