// All tests of the repository in one project: packages are resolved to their sources, so no build is needed.
import { defaultServerConditions } from 'vite';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@snn/source', ...defaultServerConditions];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'benchmarks/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'tooling/**/*.test.ts',
    ],
    pool: 'forks',
    execArgv: ['--conditions=@snn/source'],
    testTimeout: 30_000,
    reporters: process.env.SNN_TEST_JSON ? ['default', ['json', { outputFile: process.env.SNN_TEST_JSON }]] : ['default'],
  },
});

export default config;
