/** The suite under Node's own test runner; spawned by conformance.test.ts. */
import { describe, test } from 'node:test';
import { conformance } from '../src/index.ts';
import { forEachBackend } from './backends.ts';

forEachBackend((name, backend) => {
  describe(name, () => conformance({ test, describe, backend }));
});
