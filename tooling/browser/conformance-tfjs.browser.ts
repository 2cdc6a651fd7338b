// The conformance suite on the devices of tfjs.

import { conformanceIn, pagesOf } from './conformance.ts';

conformanceIn(pagesOf((backend) => backend.startsWith('tfjs-')));
