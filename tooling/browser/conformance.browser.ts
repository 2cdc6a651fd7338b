// The conformance suite in the browser: on every backend, and on the CPU backend with what a policy leaves of it.

import { type ConformanceReport, conformance, reference } from '@snn/backend-conformance';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHOICES, type Choice } from '../../examples/browser/src/choices.ts';
import { runInBrowser } from './run-job.ts';
import type { Place } from './run-on.ts';

/** Number of cases by group, without running one. */
function casesOfGroups(): ReadonlyMap<string, number> {
  const cases = new Map<string, number>();
  let group = '';
  conformance({
    describe: (name, define) => {
      group = name;
      define();
    },
    test: () => cases.set(group, (cases.get(group) ?? 0) + 1),
    backend: reference,
  });
  return cases;
}

const PLACES: readonly Required<Place>[] = [
  ...(Object.keys(CHOICES) as Choice[]).map((backend) => ({ environment: 'isolated', thread: 'page', backend }) as const),
  { environment: 'strict', thread: 'worker', backend: 'cpu' },
  { environment: 'isolated + strict + WebAssembly', thread: 'worker', backend: 'cpu' },
];

describe.for(PLACES)('$backend, $environment, $thread', (place) => {
  let report: ConformanceReport;
  beforeAll(async () => {
    report = await runInBrowser('conformance', place);
  });
  test.for([...casesOfGroups()])('%s', ([name, cases]) => {
    const { run, skipped, failed } = report.groups.find((one) => one.name === name) ?? { run: 0, skipped: [], failed: [] };
    expect(failed).toEqual([]);
    expect(run + skipped.length).toBe(cases);
  });
  test('something ran in most groups', () => {
    expect(report.groups.filter(({ run }) => run > 0).length).toBeGreaterThan(14);
  });
});
