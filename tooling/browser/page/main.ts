// The test page: runs the job that its address names (`?job=training&backend=cpu()&thread=worker`) by itself, since a content security policy
// may keep test drivers out, and writes the result as JSON into the page.

import type { Choice } from '../../../examples/browser/src/choices.ts';
import { type JobName, runJob } from './jobs.ts';

/** What a worker answers. */
export type Answer = { readonly result: unknown } | { readonly error: string };

const query = new URLSearchParams(location.search);
const job = query.get('job') as JobName;
const backend = query.get('backend') as Choice;

function inWorker(): Promise<unknown> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => ('error' in data ? reject(new Error(data.error)) : resolve(data.result));
    worker.onerror = (event) => reject(new Error(`the worker did not start: ${event.message ?? 'no reason given'}`));
    worker.postMessage({ job, backend });
  });
}

const output = document.getElementById('result') as HTMLOutputElement;
try {
  const result = await (query.get('thread') === 'worker' ? inWorker() : runJob(job, backend));
  output.textContent = JSON.stringify(result);
  output.dataset.state = 'done';
} catch (error) {
  output.textContent = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  output.dataset.state = 'failed';
}
