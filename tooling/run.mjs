// What `npm start` and `npm test` run: prepares everything on a machine that has nothing but Node 20 and npm, then
// starts the job on the Node that the lockfile pins. Plain JavaScript without imports from the workspace, because it
// runs before anything is installed. Its own messages go to stderr: stdout belongs to the job.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.snn-installed');
const windows = process.platform === 'win32';

/** A second SIGINT within this time is the same key press: the terminal and npm both deliver it. */
const SAME_SIGNAL_MS = 500;

const environment = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Runs a command and resolves to its exit code (128 + n when signal n ended it). The command gets a process group of its
 * own, so that Ctrl-C reaches it once, from here, and not once from the terminal, once from npm and once from us.
 */
function run(command, args, stdio, onOutput) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: environment, stdio, detached: !windows, shell: windows });
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    const lastSent = new Map();
    const forward = (signal) => {
      const now = Date.now();
      if (now - (lastSent.get(signal) ?? 0) < SAME_SIGNAL_MS) return;
      lastSent.set(signal, now);
      try {
        if (windows) child.kill(signal);
        else process.kill(-child.pid, signal);
      } catch {
        // It ended in the meantime.
      }
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const finish = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.on('error', (error) => {
      finish();
      reject(new Error(`Cannot run ${command}: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      finish();
      resolve(signal ? 128 + constants.signals[signal] : code);
    });
  });
}

/** Runs a step of the preparation; stops the whole program when it fails. A quiet step shows its output only then. */
async function prepare(what, command, args, { quiet }) {
  say(`${what} ...`);
  const started = Date.now();
  const output = [];
  const code = await run(command, args, quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2], (chunk) => output.push(chunk));
  if (code !== 0) {
    process.stderr.write(Buffer.concat(output));
    say(`${what} failed (exit code ${code}); the lines above say why.`);
    process.exit(code);
  }
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Installs by the lockfile, unless the last installation was made from the same files on the same kind of machine. */
async function install() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
  const stamp = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await prepare('Installing dependencies', windows ? 'npx.cmd' : 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    quiet: false,
  });
  writeFileSync(stampFile, stamp);
}

async function main([job, ...args]) {
  const node = join(bin, windows ? 'node.exe' : 'node');
  switch (job) {
    case 'start':
      await install();
      await prepare('Building the packages', join(bin, 'turbo'), ['run', 'build', '--output-logs=errors-only'], { quiet: true });
      return run(node, ['examples/mnist/src/main.ts', ...args], 'inherit');
    case 'test':
      await install();
      return run(node, ['tooling/test.ts', ...args], 'inherit');
    default:
      say(`tooling/run.mjs knows the jobs "start" and "test", not "${job ?? ''}".`);
      return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
