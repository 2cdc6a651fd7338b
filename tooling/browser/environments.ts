// The kinds of pages that the library must run in: what the server's headers allow. A backend may be slower in some; it must say why.

/** What stands in front of the page. */
export type EnvironmentName =
  | 'open'
  | 'isolated'
  | 'strict'
  | 'strict + WebAssembly'
  | 'isolated + strict + WebAssembly'
  | 'isolated + strict + WebAssembly + blob workers';

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } as const;
const policy = (script: string): Readonly<Record<string, string>> => ({ 'Content-Security-Policy': `script-src ${script}` });
const WEB_ASSEMBLY = "'self' 'wasm-unsafe-eval'";

/** Response headers by environment. */
export const ENVIRONMENTS: Readonly<Record<EnvironmentName, Readonly<Record<string, string>>>> = {
  open: {},
  isolated: ISOLATION,
  strict: policy("'self'"),
  'strict + WebAssembly': policy(WEB_ASSEMBLY),
  'isolated + strict + WebAssembly': { ...ISOLATION, ...policy(WEB_ASSEMBLY) },
  'isolated + strict + WebAssembly + blob workers': { ...ISOLATION, ...policy(`${WEB_ASSEMBLY}; worker-src 'self' blob:`) },
};

export const ENVIRONMENT_NAMES: readonly EnvironmentName[] = Object.keys(ENVIRONMENTS) as EnvironmentName[];
