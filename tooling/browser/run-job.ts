// Runs one job in the session of the tests.

import { inject } from 'vitest';
import { connect } from './connect.ts';
import type { JobName, JobReports } from './page/jobs.ts';
import { type Place, runOn } from './run-on.ts';

/** Run a job in the session of the tests. Throws as `runOn` does. */
export async function runInBrowser<K extends JobName>(job: K, place: Place): Promise<JobReports[K]> {
  const browser = await connect();
  try {
    return await runOn(browser, inject('addresses'), job, place);
  } finally {
    await browser.close();
  }
}
