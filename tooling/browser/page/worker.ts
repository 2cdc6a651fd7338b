// The worker of the test page: runs one job.

import type { Choice } from '../../../examples/browser/src/choices.ts';
import { type JobName, runJob } from './jobs.ts';
import type { Answer } from './main.ts';

self.onmessage = async ({ data }: MessageEvent<{ readonly job: JobName; readonly backend: Choice }>): Promise<void> => {
  const answer = (message: Answer): void => self.postMessage(message);
  try {
    answer({ result: await runJob(data.job, data.backend) });
  } catch (error) {
    answer({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
  }
};
