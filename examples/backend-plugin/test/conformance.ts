/** The published suite under Node's own test runner: `node --test test/conformance.ts`. */
import { describe, test } from 'node:test';
import { conformance } from '@snn/backend-conformance';
import { rounded } from '../src/rounded.ts';

describe('rounded', () => conformance({ test, describe, backend: rounded, seed: 1 }));
