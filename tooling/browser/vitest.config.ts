// The browser tests: Node drives a real Chromium. Vitest's own browser mode is not used, because it runs tests in pages of its own, which need
// inline scripts: no content security policy could be tested in them.

import { defaultServerConditions } from 'vite';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@snn/source', ...defaultServerConditions];

const config: ViteUserConfig = defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['tooling/browser/**/*.browser.ts', 'examples/browser/test/**/*.browser.ts'],
    globalSetup: ['tooling/browser/setup.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@snn/source'],
    // one for each Chromium of setup.ts
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: process.env.SNN_TEST_JSON ? ['default', ['json', { outputFile: process.env.SNN_TEST_JSON }]] : ['default'],
  },
});

export default config;
