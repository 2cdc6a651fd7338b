import { conformance } from '@snn/backend-conformance';
import { describe, test } from 'vitest';
import { gpu } from '../src/index.ts';

// the modes that have a device run in a browser: see tooling/browser
describe('gpu, mode cpu', () => conformance({ test, describe, backend: () => gpu({ mode: 'cpu' }) }));
describe('gpu, mode webasm', () => conformance({ test, describe, backend: () => gpu({ mode: 'webasm' }) }));
