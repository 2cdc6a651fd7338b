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

/** A browser of the test's own in the session's Chromium; closing it closes its pages. */
export const connect = (): Promise<Browser> => chromium.connect(inject('addresses').chromium);
