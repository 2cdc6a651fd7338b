// Chromium with the test page behind it: builds the page from the sources as an application would (vite build), and serves it once for each
// environment with that environment's headers.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, defaultClientConditions, type InlineConfig, preview } from 'vite';
import { mnistFiles } from '../../examples/browser/src/mnist-files.ts';
import { root } from '../lib/workspace.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium.ts';
import { ENVIRONMENT_NAMES, ENVIRONMENTS, type EnvironmentName } from './environments.ts';

/** Where a running session is to be found: data, so that it can be handed to other processes. */
export interface Addresses {
  /** Where drivers connect to Chromium. */
  readonly chromium: readonly string[];
  /** The page, by environment. */
  readonly pages: Readonly<Record<EnvironmentName, string>>;
}

/** A running session. */
export interface Session {
  readonly addresses: Addresses;
  stop(): Promise<void>;
}

// its own: another session may run at the same time
const outDir = join(root, '.cache', `browser-${process.pid}`);

const config: InlineConfig = {
  configFile: false,
  root: join(import.meta.dirname, 'page'),
  logLevel: 'warn',
  plugins: [mnistFiles()],
  resolve: { conditions: ['@snn/source', ...defaultClientConditions] },
  worker: { format: 'es' },
  // golden files are assets: fetched when asked for, never part of the code; what is published elsewhere is not ours to warn of; the example's
  // page is the one that is tested minified
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 10_000,
    minify: false,
  },
};

/**
 * Build, serve, and start Chromium.
 *
 * @param count how many of them: each has one process for the graphics of all its pages.
 * @throws an error with instructions when there is no Chromium.
 */
export async function startSession(count: number): Promise<Session> {
  const executablePath = findChromium();
  await build(config);
  const servers = await Promise.all(
    ENVIRONMENT_NAMES.map((name) =>
      preview({ ...config, preview: { host: '127.0.0.1', port: 0, strictPort: false, headers: ENVIRONMENTS[name] } }),
    ),
  );
  const browsers = await Promise.all(
    Array.from({ length: count }, () => chromium.launchServer({ executablePath, args: [...CHROMIUM_ARGUMENTS] })),
  );
  const pages = Object.fromEntries(ENVIRONMENT_NAMES.map((name, i) => [name, servers[i].resolvedUrls?.local[0]])) as Addresses['pages'];
  return {
    addresses: { chromium: browsers.map((browser) => browser.wsEndpoint()), pages },
    async stop() {
      await Promise.all(browsers.map((browser) => browser.close()));
      await Promise.all(servers.map((server) => server.close()));
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
