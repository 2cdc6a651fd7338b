/** Progress of training for programs: one JSON object per line, `{ "event": "step" | "epoch" | "end", ...report }`. */
import type { Callback } from './callback.ts';

/** A callback that hands each report to `write` as one line of JSON, without line end. Numbers that JSON lacks (NaN) come as null. */
export const jsonLog = (write: (line: string) => void): Callback => {
  const log = (event: string, report: object): void => write(JSON.stringify({ event, ...report }));
  return {
    onStep: (report) => log('step', report),
    onEpoch: (report) => log('epoch', report),
    onEnd: (result) => log('end', result),
  };
};
