// Everything that must hold before a change goes in, in one run: `npm test`. A failing stage does not hide the later
// ones. The last line is `N passed, N failed`: tests and golden vectors one by one, each other stage as one.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/workspace.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

interface Stage {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** How many checks the stage stands for, from its exit code and its output; one check when absent. */
  readonly count?: (exitCode: number, output: string) => Tally;
}

const node = process.execPath;
const source = '--conditions=@snn/source';
const testReport = join(root, '.cache', 'vitest.json');

const stages: readonly Stage[] = [
  { name: 'lint and format', command: ['biome', 'check', '.', '--max-diagnostics=50'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  { name: 'architecture', command: [node, source, 'tooling/architecture/check.ts'] },
  { name: 'unused code and dependencies', command: ['knip', '--no-progress'] },
  { name: 'packages as published', command: [node, 'tooling/packages/check.ts'] },
  { name: 'sizes', command: [node, 'tooling/size/check.ts'] },
  { name: 'examples in the documentation', command: [node, source, 'tooling/readme/check.ts'] },
  {
    name: 'golden vectors',
    command: [node, source, 'tooling/golden/check.ts', '--expect-unbuilt', 'tooling/golden/unbuilt.json'],
    count: countLastLine,
  },
  { name: 'tests', command: ['vitest', 'run'], count: countTests },
  { name: 'browser', command: ['vitest', 'run', '--config', 'tooling/browser/vitest.config.ts'], count: countTests },
];

/** One check that passed or failed as a whole. */
function countOne(exitCode: number): Tally {
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A stage that fails must count as failed even where its own numbers do not show it (a crash after the last test). */
function atLeastOneFailure(exitCode: number, tally: Tally): Tally {
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** For stages that end with `N passed, N failed` themselves. */
function countLastLine(exitCode: number, output: string): Tally {
  const line = /^(\d+) passed, (\d+) failed\s*$/.exec(output.trimEnd().split('\n').at(-1) ?? '');
  if (!line) return countOne(exitCode);
  return atLeastOneFailure(exitCode, { passed: Number(line[1]), failed: Number(line[2]) });
}

/** Vitest counts tests; a file that does not even load has none, and counts as one failure. */
function countTests(exitCode: number): Tally {
  if (!existsSync(testReport)) return countOne(exitCode);
  const report = JSON.parse(readFileSync(testReport, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    testResults: { status: string; assertionResults: { status: string }[] }[];
  };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return atLeastOneFailure(exitCode, { passed: report.numPassedTests, failed: report.numFailedTests + broken.length });
}

/** Runs a command with its output shown as it comes and kept for counting. */
function run(command: readonly [string, ...string[]]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => process.stdout.write(chunk));
    child.on('error', (error) => {
      console.log(`Cannot run ${program}: ${error.message}`);
      resolve({ exitCode: 1, output: '' });
    });
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', SNN_TEST_JSON: testReport };
delete environment.FORCE_COLOR;

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const wanted = process.argv.slice(2);
const selected = stages.filter((stage) => wanted.length === 0 || wanted.some((word) => stage.name.includes(word)));
if (selected.length === 0) {
  console.log(`No stage is called like "${wanted.join(' ')}". The stages are: ${stages.map((stage) => stage.name).join('; ')}.`);
  process.exit(2);
}

mkdirSync(join(root, '.cache'), { recursive: true });

const startedAll = performance.now();
const summary: string[] = [];
let passed = 0;
let failed = 0;
for (const { name, command, count = countOne } of selected) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  // a stage must not be counted by the report of another one
  rmSync(testReport, { force: true });
  const { exitCode, output } = await run(command);
  const tally = count(exitCode, output);
  passed += tally.passed;
  failed += tally.failed;
  const verdict = tally.failed === 0 ? 'ok    ' : 'FAILED';
  const numbers = tally.passed + tally.failed > 1 ? ` (${tally.passed} passed, ${tally.failed} failed)` : '';
  const line = `${verdict} ${name}, ${seconds(started)}${numbers}`;
  console.log(`--- ${line}`);
  summary.push(line);
}

console.log(`\n=== summary, ${seconds(startedAll)}\n${summary.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
