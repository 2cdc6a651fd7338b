// The page as static files: bundles it with the packages' sources, and puts a part of MNIST beside it. Any server can host what `vite build` writes.

import { defaultClientConditions, defineConfig, type UserConfig } from 'vite';
import { mnistFiles } from './src/mnist-files.ts';

// a page that is isolated from other origins may share memory between threads; see README.md for hosts without these headers
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // relative addresses: the page may lie in any folder of a host
  base: './',
  plugins: [mnistFiles()],
  resolve: { conditions: ['@snn/source', ...defaultClientConditions] },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 3000 },
  server: { headers },
  preview: { headers },
});

export default config;
