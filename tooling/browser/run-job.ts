// Runs one job in one page of its own and hands its report back.

import { inject } from 'vitest';
import type { Choice } from '../../examples/browser/src/choices.ts';
import { connect } from './connect.ts';
import type { EnvironmentName } from './environments.ts';
import type { JobName, JobReports } from './page/jobs.ts';

/** Where a job runs. */
export interface Place {
  readonly environment: EnvironmentName;
  readonly thread?: 'page' | 'worker';
  readonly backend?: Choice;
}

/** A job that takes longer is taken for one that hangs. On two idle cores none takes more than 30 seconds. */
const JOB_MS = 240_000;

/**
 * Run a job.
 *
 * @throws an error with what the page says when the job fails, when anything in the page throws unseen, or when it takes too long.
 */
export async function runInBrowser<K extends JobName>(job: K, place: Place): Promise<JobReports[K]> {
  const { environment, thread = 'page', backend = 'cpu' } = place;
  const browser = await connect();
  try {
    const page = await browser.newPage();
    const unseen: string[] = [];
    page.on('pageerror', (error) => unseen.push(error.message));
    await page.goto(`${inject('addresses').pages[environment]}?${new URLSearchParams({ job, backend, thread })}`);
    const result = page.locator('#result[data-state]');
    await result.waitFor({ state: 'attached', timeout: JOB_MS });
    const text = (await result.textContent()) ?? '';
    if ((await result.getAttribute('data-state')) === 'failed') unseen.push(text);
    if (unseen.length > 0) throw new Error(`${job} on ${backend} in ${environment}, ${thread}: ${unseen.join('\n')}`);
    return JSON.parse(text) as JobReports[K];
  } finally {
    await browser.close();
  }
}
