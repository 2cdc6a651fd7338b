// Runs one job in one page of its own and hands its report back.

import type { Browser } from 'playwright-core';
import type { Choice } from '../../examples/browser/src/choices.ts';
import type { EnvironmentName } from './environments.ts';
import type { JobName, JobReports } from './page/jobs.ts';
import type { Addresses } from './session.ts';

/** Where a job runs. */
export interface Place {
  readonly environment: EnvironmentName;
  readonly thread?: 'page' | 'worker';
  readonly backend?: Choice;
}

/**
 * Run a job in a browser's page.
 *
 * @param patience after how long, milliseconds, a job is taken for one that hangs: on two idle cores no test takes more than 30 seconds.
 * @throws an error with what the page says when the job fails, when anything in the page throws unseen, or when it takes too long.
 */
export async function runOn<K extends JobName>(
  browser: Browser,
  addresses: Addresses,
  job: K,
  place: Place,
  patience: number = 240_000,
): Promise<JobReports[K]> {
  const { environment, thread = 'page', backend = 'cpu' } = place;
  const page = await browser.newPage();
  const unseen: string[] = [];
  page.on('pageerror', (error) => unseen.push(error.message));
  await page.goto(`${addresses.pages[environment]}?${new URLSearchParams({ job, backend, thread })}`);
  const result = page.locator('#result[data-state]');
  await result.waitFor({ state: 'attached', timeout: patience });
  const text = (await result.textContent()) ?? '';
  if ((await result.getAttribute('data-state')) === 'failed') unseen.push(text);
  await page.close();
  if (unseen.length > 0) throw new Error(`${job} on ${backend} in ${environment}, ${thread}: ${unseen.join('\n')}`);
  return JSON.parse(text) as JobReports[K];
}
