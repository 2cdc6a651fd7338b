// The kinds of pages that the library must run in: what the server's headers allow. A backend may be slower in some; it must say why.

/** What stands in front of the page. */
export type EnvironmentName = 'open' | 'isolated' | 'strict' | 'strict + WebAssembly' | 'isolated + strict + WebAssembly';

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } as const;
const policy = (script: string): Readonly<Record<string, string>> => ({ 'Content-Security-Policy': `script-src ${script}` });

/** Response headers by environment. */
export const ENVIRONMENTS: Readonly<Record<EnvironmentName, Readonly<Record<string, string>>>> = {
  open: {},
  isolated: ISOLATION,
  strict: policy("'self'"),
  'strict + WebAssembly': policy("'self' 'wasm-unsafe-eval'"),
  'isolated + strict + WebAssembly': { ...ISOLATION, ...policy("'self' 'wasm-unsafe-eval'") },
};

export const ENVIRONMENT_NAMES: readonly EnvironmentName[] = Object.keys(ENVIRONMENTS) as EnvironmentName[];
