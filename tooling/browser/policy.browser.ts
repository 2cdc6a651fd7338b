// What the strictest policy leaves of the backends that wrap other libraries: graphics devices work, and what needs WebAssembly says so.

import { describe, expect, test } from 'vitest';
import type { Choice } from '../../examples/browser/src/choices.ts';
import { runInBrowser } from './run-job.ts';

describe("under script-src 'self'", () => {
  test.for<readonly [Choice, RegExp]>([
    ['tfjs-webgl', /^operations of tfjs-webgl/],
    ['gpu-webgl', /^gpu\.js webgl:/],
    ['gpu-webgl2', /^gpu\.js webgl2:/],
    ['gpu-webgpu', /^WGSL on the WebGPU device/],
  ])('%s runs', async ([backend, executor]) => {
    const { executedBy, outputs, stepByStep } = await runInBrowser('compiled', { environment: 'strict', backend });
    expect(executedBy).toMatch(executor);
    expect(stepByStep.some((x) => x !== 0)).toBe(true);
    // no spike differs: one would change an output by more than a hundredth
    expect(Math.max(...outputs.map((x, i) => Math.abs(x - stepByStep[i])))).toBeLessThan(1e-4);
  });

  test.for<readonly [Choice, RegExp]>([
    ['tfjs-wasm', /tfjs cannot use its device 'wasm' here/],
    ['gpu-webasm', /webasm: does not work here: .*Content Security Policy/i],
  ])('%s is refused in words', async ([backend, words]) => {
    await expect(runInBrowser('compiled', { environment: 'strict', backend })).rejects.toThrow(words);
  });
});
