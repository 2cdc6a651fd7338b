// One session for all browser tests: started before the first, stopped after the last.

import type { TestProject } from 'vitest/node';
import { startSession } from './session.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const session = await startSession(2);
  project.provide('addresses', session.addresses);
  return session.stop;
}
