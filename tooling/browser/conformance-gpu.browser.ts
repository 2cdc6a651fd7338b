// The conformance suite on the modes of gpu.js.

import { conformanceIn, pagesOf } from './conformance.ts';

conformanceIn(pagesOf((backend) => backend.startsWith('gpu-')));
