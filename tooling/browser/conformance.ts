// The conformance suite in the browser as tests: one for each group of cases.

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

/**
 * An isolated page for each backend of the browser example whose name fits. The files that ask for them together ask for all; `gpu-auto` is one of the
 * others.
 */
export const pagesOf = (fits: (backend: Choice) => boolean): readonly Required<Place>[] =>
  (Object.keys(CHOICES) as Choice[])
    .filter((backend) => backend !== 'gpu-auto' && fits(backend))
    .map((backend) => ({ environment: 'isolated', thread: 'page', backend }));

/** Define the tests of the suite in some places. */
export function conformanceIn(places: readonly Required<Place>[]): void {
  describe.for(places)('$backend, $environment, $thread', (place) => {
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
}
