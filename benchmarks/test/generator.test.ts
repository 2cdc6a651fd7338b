/** The numbers that contestants are given: the published generator, and its Python twin. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { peerPython } from '../src/contestants.ts';
import { bellShaped, bernoulli, encode, images, labels, random, symmetric, type Values, weights } from '../src/generator.ts';
import { WORKLOADS } from '../src/workloads/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** mulberry32 as its author published it: a state that is added to in every call. */
function published(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const mean = (x: Values): number => x.data.reduce((sum, v) => sum + v, 0) / x.data.length;
const deviation = (x: Values): number => {
  const centre = mean(x);
  return Math.sqrt(x.data.reduce((sum, v) => sum + (v - centre) ** 2, 0) / x.data.length);
};

describe('generator', () => {
  test('gives the published sequence', () => {
    expect([0, 1, 2, 3].map((i) => random(1, i))).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522, 0.9810509674716741,
    ]);
    for (const seed of [0, 1, 101, 905, 0x7fffffff]) {
      const next = published(seed);
      for (let i = 0; i < 1000; i++) expect(random(seed, i)).toBe(next());
    }
  });

  test('makes numbers of the promised sizes', () => {
    expect(mean(bernoulli(1, [100_000], 0.05))).toBeCloseTo(0.05, 2);
    const numbers = bellShaped(2, [100_000]);
    expect(mean(numbers)).toBeCloseTo(0, 1);
    expect(deviation(numbers)).toBeCloseTo(1, 1);
    expect(mean(images(3, [100_000]))).toBeCloseTo(0.13, 2);
    expect(images(3, [100_000]).data.filter((x) => x > 0).length / 100_000).toBeCloseTo(0.19, 2);
    expect(Math.max(...symmetric(4, [1000], 0.5).data)).toBeLessThan(0.5);
    expect(new Set(labels(5, 1000, 10).data)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    // 400 spikes of rate 0.05 into each of 200 neurons
    const w = weights(6, [400, 200], 400, 0.05, 0.4);
    expect(deviation(w) * Math.sqrt(400 * 0.05)).toBeCloseTo(0.4, 2);
  });

  test('encodes each step with the intensity of its pixel', () => {
    const x: Values = { data: Float32Array.of(0, 1, 0.5), shape: [3] };
    const spikes = encode(7, 4000, x);
    expect(spikes.shape).toEqual([4000, 3]);
    const rate = (pixel: number): number => spikes.data.filter((_, i) => i % 3 === pixel).reduce((sum, z) => sum + z, 0) / 4000;
    expect([rate(0), rate(1)]).toEqual([0, 1]);
    expect(rate(2)).toBeCloseTo(0.5, 1);
  });
});

const CASES = WORKLOADS.flatMap(({ id, sizes }) => [...sizes.tiny, ...sizes.fast].map((size) => ({ workload: id, size })));

const checksum = ({ data }: Values): number => crc32(new Uint8Array(data.buffer));

function ours(): Record<string, number>[] {
  return CASES.map(({ workload, size }) => {
    const problem = WORKLOADS.find(({ id }) => id === workload)!.problem(size);
    const { inputs, parameters, coefficients, training } = problem;
    const all = { inputs, ...parameters, ...(coefficients ? { coefficients } : {}), ...(training ? { labels: training.labels } : {}) };
    return Object.fromEntries(Object.entries(all).map(([name, x]) => [name, checksum(x)]));
  });
}

/** What a Python says, or null where there is none with numpy. */
function python(program: string | null): Record<string, number>[] | null {
  if (program === null) return null;
  const { status, stdout } = spawnSync(program, [join(here, '..', 'peers', 'twin.py')], { input: JSON.stringify(CASES), encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : null;
}

describe('the Python twin', () => {
  const committed = JSON.parse(readFileSync(join(here, 'twin.json'), 'utf8')) as Record<string, number>[];

  test('committed checksums are those of our numbers', () => {
    expect(ours()).toEqual(committed);
  });

  test('Python makes the same numbers; without Python, the ones that it made are compared', () => {
    expect(ours()).toEqual(python(peerPython()) ?? python('python3') ?? committed);
  });
});
