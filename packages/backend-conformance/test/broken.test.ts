import { describe, expect, test } from 'vitest';
import type { Case } from '../src/case.ts';
import { GROUPS } from '../src/groups/index.ts';
import { conformanceReport } from '../src/index.ts';
import { runCase } from '../src/suite.ts';
import { BROKEN, SOUND } from './broken.ts';

const caseOf = (name: string): Case => {
  const [group, test] = name.split(' > ');
  const found = GROUPS.find((g) => g.name === group)?.cases.find((c) => c.name === test);
  if (!found) throw new Error(`The suite has no test '${name}'.`);
  return found;
};

describe('a broken backend is killed by the test that is meant for it', () => {
  test.each(BROKEN)('$fault: $killedBy', async ({ make, killedBy }) => {
    await expect(runCase(make(), caseOf(killedBy), 1)).rejects.toThrow();
  });
});

test('the executor that is broken in many ways passes when it is not', async () => {
  const { cases } = GROUPS.find(({ name }) => name === 'compile') as (typeof GROUPS)[number];
  for (const one of cases) expect(await runCase(SOUND.make(), one, 2)).toBeNull();
});

test('every failure is in the report, with its test and a sentence', async () => {
  const { make, killedBy } = BROKEN[0];
  const report = await conformanceReport(make);
  const failed = report.groups.flatMap(({ name, failed }) => failed.map(({ test }) => `${name} > ${test}`));
  expect(failed).toContain(killedBy);
  const { message } = report.groups.flatMap(({ failed }) => failed)[0];
  expect(message).toMatch(/expected .* got /);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('names of tests are unique, so that a report can be searched', () => {
  for (const { cases } of GROUPS) expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
