// How a test reaches the running session.

import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';
import type { Addresses } from './session.ts';

declare module 'vitest' {
  interface ProvidedContext {
    addresses: Addresses;
  }
}

export type { Browser, Page } from 'playwright-core';

/** A browser of the test's own in the Chromium of this test process; closing it closes its pages. */
export function connect(): Promise<Browser> {
  const { chromium: all } = inject('addresses');
  return chromium.connect(all[Number(process.env.VITEST_POOL_ID ?? 0) % all.length]);
}
