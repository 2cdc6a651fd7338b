// Finds Chromium, or installs Debian's where that is possible: browsers cannot be downloaded by the driver itself on a machine that reaches
// registries only. Tests that need a browser are never skipped: without one they fail with what there is to do.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Environment variable that names the program. */
const VARIABLE = 'SNN_CHROMIUM';

/** What makes Chromium run without a screen, as root, without a GPU (WebGPU and WebGL by SwiftShader), and without talking to anyone. */
export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-unsafe-swiftshader',
];

const runnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The first Chromium on the path, or null. */
function onPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(runnable) ?? null;
}

/** Installs Debian's package; what apt-get says when it fails, else null. */
function install(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can install packages, and only on Linux.';
  if (!['/usr/bin/apt-get', '/bin/apt-get'].some(runnable)) return 'there is no apt-get here.';
  console.log('No Chromium: installing the Debian package chromium ...');
  const options = { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 } as const;
  // an update that fails may still leave lists that are good enough
  spawnSync('apt-get', ['update', '-qq'], options);
  const { status, stdout, stderr, error } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  return status === 0 ? null : `apt-get install chromium failed: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-500)}`;
}

/**
 * The program to run.
 *
 * @throws an error with instructions when there is none and none can be installed.
 */
export function findChromium(): string {
  const wanted = process.env[VARIABLE];
  if (wanted !== undefined) {
    if (runnable(wanted)) return wanted;
    throw new Error(`${VARIABLE} is '${wanted}', which is no program that can be run; set it to the path of Chromium or unset it.`);
  }
  const found = onPath();
  if (found !== null) return found;
  const problem = install();
  const installed = onPath();
  if (installed !== null) return installed;
  throw new Error(
    `The browser tests need Chromium and found none: ${problem ?? 'it was installed, but is not on the PATH.'} ` +
      `Install it (Debian and Ubuntu: sudo apt-get install chromium), or set ${VARIABLE} to the path of Chrome or Chromium.`,
  );
}
