// The conformance suite on the CPU backend, also with what policies leave of it, and on whatever the other files do not ask for.

import { conformanceIn, pagesOf } from './conformance.ts';

conformanceIn([
  ...pagesOf((backend) => !backend.startsWith('tfjs-') && !backend.startsWith('gpu-')),
  { environment: 'strict', thread: 'worker', backend: 'cpu' },
  { environment: 'isolated + strict + WebAssembly', thread: 'worker', backend: 'cpu' },
]);
