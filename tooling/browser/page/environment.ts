// What this page or worker may do, as seen from inside: shows that the server's headers do what the tests mean them to do.

/** What is allowed. */
export interface EnvironmentReport {
  readonly crossOriginIsolated: boolean;
  readonly sharedMemory: boolean;
  readonly webAssembly: boolean;
  readonly newFunction: boolean;
}

const allowed = (f: () => unknown): boolean => {
  try {
    f();
    return true;
  } catch {
    return false;
  }
};

export const environment = (): EnvironmentReport => ({
  crossOriginIsolated: globalThis.crossOriginIsolated,
  sharedMemory: typeof SharedArrayBuffer !== 'undefined',
  // the smallest module: its magic number and version
  webAssembly: allowed(() => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))),
  newFunction: allowed(() => new Function('')),
});
