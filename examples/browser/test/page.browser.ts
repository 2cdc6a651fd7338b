// The page as a user meets it: built, served as static files, opened in Chromium.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, connect, type Page } from '../../../tooling/browser/connect.ts';

const root = join(import.meta.dirname, '..');
const outDir = join(root, `../../.cache/browser-example-${process.pid}`);
const configFile = join(root, 'vite.config.ts');
/** Where screenshots go: to look at, or, with SNN_PICTURES=docs/images, for the documentation. */
const pictures = process.env.SNN_PICTURES ?? join(root, '../../.cache/browser-pictures');

/** Headers of two hosts: one that isolates the page, as vite's own, and one that does not, and forbids whatever a page can do without. */
const HOSTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  isolated: {},
  strict: {
    'Cross-Origin-Opener-Policy': 'unsafe-none',
    'Cross-Origin-Embedder-Policy': 'unsafe-none',
    'Content-Security-Policy': "script-src 'self'",
  },
};

const servers: PreviewServer[] = [];
const addresses: Record<string, string> = {};
let browser: Browser;
let page: Page;
let problems: string[] = [];

beforeAll(async () => {
  await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  for (const [name, headers] of Object.entries(HOSTS)) {
    const server = await preview({ configFile, logLevel: 'warn', build: { outDir }, preview: { host: '127.0.0.1', port: 0, headers } });
    servers.push(server);
    addresses[name] = server.resolvedUrls?.local[0] ?? '';
  }
  browser = await connect();
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(outDir, { recursive: true, force: true });
});

beforeEach(async () => {
  problems = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  page.on('pageerror', (error) => problems.push(error.message));
});

afterEach(async () => {
  await page.close();
  expect(problems).toEqual([]);
});

const text = async (id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? '';

/** A seven: along the top, then down to the left. */
async function drawSeven(): Promise<void> {
  const box = await page.locator('#pad').boundingBox();
  if (!box) throw new Error('the pad is not shown');
  const to = (x: number, y: number): readonly [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...to(0.25, 0.2));
  await page.mouse.down();
  await page.mouse.move(...to(0.72, 0.2), { steps: 12 });
  await page.mouse.move(...to(0.42, 0.85), { steps: 12 });
  await page.mouse.up();
}

async function trainFor(epochs: number, backend = 'cpu'): Promise<void> {
  await page.locator('#backend').selectOption(backend);
  await page.locator('#epochs').fill(String(epochs));
  await page.locator('#train').click();
}

/** Until what is drawn no longer changes: the digit that is being drawn is looked at, too. */
async function settled(): Promise<void> {
  let before = '';
  await expect
    .poll(
      async () => {
        const now = (await page.locator('#hidden-raster').textContent()) ?? '';
        const same = now === before;
        before = now;
        return same;
      },
      { interval: 500, timeout: 20_000 },
    )
    .toBe(true);
}

const ended = (): Promise<void> =>
  page
    .locator('#state')
    .filter({ hasText: /^(Trained|Stopped)/ })
    .waitFor({ timeout: 80_000 });

test('trains, recognises a digit that is drawn, and shows its spikes', async () => {
  await page.goto(addresses.isolated);
  expect(await text('page-allows')).toMatch(/^isolated/);
  await trainFor(2);
  await page.locator('#tested').filter({ hasText: '%' }).waitFor();
  await ended();
  expect(await text('error')).toBe('');
  expect(await text('executed-by')).toMatch(/^WebAssembly SIMD/);
  expect(Number.parseFloat(await text('tested'))).toBeGreaterThan(85);
  expect(Number.parseFloat(await text('speed'))).toBeGreaterThan(0);
  // the last value of the curve, as the chart tells screen readers; it starts near ln 10 = 2.3
  expect(Number(/ends at (\d+(?:\.\d+)?)/.exec((await page.locator('#loss-chart desc').textContent()) ?? '')?.[1])).toBeLessThan(1);

  await page.locator('#clear').click();
  await drawSeven();
  await settled();
  expect(await text('answer')).toMatch(/^This is a 7/);
  for (const [id, what] of [
    ['output-raster', /^[1-9]\d* spikes of 10 neurons in 25 steps/],
    ['hidden-raster', /^[1-9]\d* spikes of 128 neurons in 25 steps/],
    ['membranes', /neuron 7 ends at/],
  ] as const)
    expect(await page.locator(`#${id} desc`).textContent()).toMatch(what);
  expect(await page.locator('#counts .best').textContent()).toMatch(/^7/);

  mkdirSync(pictures, { recursive: true });
  for (const [name, colorScheme, width] of [
    ['browser-light', 'light', 1280],
    ['browser-dark', 'dark', 1280],
    ['browser-narrow', 'light', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }
});

test('trains on the first graphics device that works, and says which', async () => {
  await page.goto(addresses.isolated);
  await trainFor(1, 'gpu-auto');
  await page
    .locator('#state')
    .filter({ hasText: /^Step \d/ })
    .waitFor();
  expect(await text('backend-name')).toBe('gpu-webgpu');
  expect(await text('executed-by')).toMatch(/^WGSL on the WebGPU device/);
  await page.locator('#stop').click();
  await ended();
  expect(await text('error')).toBe('');
});

describe('under script-src self', () => {
  test('the plain tier trains and says why', async () => {
    await page.goto(addresses.strict);
    expect(await text('page-allows')).toMatch(/^not isolated/);
    await trainFor(1);
    await page
      .locator('#state')
      .filter({ hasText: /^Step \d/ })
      .waitFor();
    expect(await text('executed-by')).toMatch(/WebAssembly with SIMD was refused: .*Content Security Policy/);
    await page.locator('#stop').click();
    await ended();
    expect(await text('state')).toMatch(/^Stopped after \d+ steps; what was learnt is kept\./);
  });
});

test('can be used by keyboard alone', async () => {
  await page.goto(addresses.isolated);
  await page.locator('#clear').click();
  await page.locator('#pad').focus();
  await page.keyboard.press('Space');
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  expect(await text('answer')).toBe('The network has to be trained first.');
});

test('what goes wrong is said in words', async () => {
  await page.route('**/mnist/train-images*', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(addresses.isolated);
  await trainFor(1);
  const error = page.locator('#error');
  await error.waitFor();
  expect(await error.textContent()).toMatch(/^The data cannot be loaded: .*train-images-idx3-ubyte answers 404/);
  expect(await page.locator('#train').isEnabled()).toBe(true);
});
