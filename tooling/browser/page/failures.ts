// Graphics devices that break: lost in the middle of a training, missing, too small for what is asked, with fewer bindings than a kernel has operands.
// Runs in pages and workers. Whatever it waits for has a bound.

import { type GpuBackend, type GpuMode, gpu, isDeviceError, runWithFallback } from '@snn/backend-gpu';
import { plan, type Step } from '@snn/compile';
import { type Backend, normal, randomKey, stream, type TensorMeta } from '@snn/core';
import { training } from './training.ts';

/** An error of a device as data. */
export interface Refusal {
  readonly failure: string;
  readonly message: string;
  readonly limit: number | null;
  readonly request: number | null;
  /** How long it took to come. */
  readonly milliseconds: number;
}

/** A job that went on elsewhere. */
export interface Continued {
  readonly mode: GpuMode;
  readonly fallbackReason: string | null;
  /** Modes in the order in which the job began on them. */
  readonly began: readonly string[];
  /** Losses of the training that came to its end. */
  readonly losses: readonly number[];
}

/** What became of a device that was lost. */
export interface LossReport {
  /** A read that was waiting when it happened. */
  readonly waiting: Refusal;
  /** A read after it. */
  readonly afterwards: Refusal;
  /** An operation after it. */
  readonly operation: Refusal;
  /** What a new backend of the same mode computes: twice 1, 2, 3. */
  readonly again: readonly number[];
  /** A training with mode `auto` that loses every graphics device after its first step. */
  readonly continued: Continued;
}

/** What devices say that are not there. */
export interface MissingReport {
  /** A mode that was named. */
  readonly named: Refusal;
  /** What `auto` takes, and why. */
  readonly auto: { readonly mode: GpuMode; readonly fallbackReason: string | null };
}

/** What devices say to too much. */
export interface LimitReport {
  /** One tensor of 2^25 elements. */
  readonly tensor: Refusal;
  /** Operands of one kernel that a device of this mode may read. */
  readonly operands: number;
  /** Operands that the step of `difference` has. */
  readonly asked: number;
  /** Largest difference between that step compiled and run by operations, over the largest number. */
  readonly difference: number;
  readonly executedBy: string;
  /** Sum of 100 tensors that were joined in one call: 0 + 1 + ... + 99. */
  readonly joined: number;
  /** A job for 5000 elements with mode `auto` where textures have at most 64 x 64 and WebGPU is missing. */
  readonly continued: Omit<Continued, 'losses'> & { readonly sum: number };
}

/** Longer than any answer here takes; more is a hang. */
const PATIENCE_MS = 200_000;

async function within<X>(what: string, promise: Promise<X>): Promise<X> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${PATIENCE_MS / 1000} s, which is a hang.`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error that `ask` must end with. */
async function refusal(what: string, ask: () => unknown): Promise<Refusal> {
  const started = performance.now();
  try {
    await within(what, Promise.resolve(ask()));
  } catch (error) {
    if (!isDeviceError(error)) throw error;
    const { failure, message, limit, request } = error;
    return { failure, message, limit, request, milliseconds: performance.now() - started };
  }
  throw new Error(`${what}: no error came.`);
}

/** Remembers what pages get from the browser, so that it can be taken away from them. Returns what takes it away. */
function watchDevices(): () => void {
  const losing: (() => void)[] = [];
  if (typeof GPUAdapter !== 'undefined') {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...args) {
      const device = await requestDevice.apply(this, args);
      losing.push(() => device.destroy());
      return device;
    };
  }
  const { getContext } = OffscreenCanvas.prototype;
  const remember = (context: unknown): void => {
    if (!(context instanceof WebGLRenderingContext || context instanceof WebGL2RenderingContext)) return;
    const extension = context.getExtension('WEBGL_lose_context');
    losing.push(() => context.isContextLost() || extension?.loseContext());
  };
  OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: Parameters<typeof getContext>) {
    const context = getContext.apply(this, args);
    remember(context);
    return context;
  } as typeof getContext;
  if (typeof HTMLCanvasElement !== 'undefined') {
    const ofElement = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...args: Parameters<typeof ofElement>) {
      const context = ofElement.apply(this, args);
      remember(context);
      return context;
    } as typeof ofElement;
  }
  return () => {
    for (const lose of losing.splice(0)) lose();
  };
}

/** Take WebGPU away, as a browser without it does. */
const withoutWebGpu = (): void => {
  Object.defineProperty(navigator, 'gpu', { configurable: true, value: undefined });
};

/** A mode's device, lost while something waits for it; then a training that goes on from mode to mode. */
export async function deviceLoss(mode: GpuMode): Promise<LossReport> {
  if (mode !== 'webgpu') withoutWebGpu();
  const loseAll = watchDevices();
  const b = await gpu({ mode });
  const x = b.fromData(new Float32Array(512 * 512).fill(1e-3), [512, 512]);
  await b.read(x);
  // long enough to be under way when the device goes
  const y = b.matmul(b.matmul(b.matmul(x, x), x), x);
  const waiting = refusal('a waiting read', () => b.read(y));
  loseAll();
  const lost = {
    waiting: await waiting,
    afterwards: await refusal('a read afterwards', () => b.read(x)),
    operation: await refusal('an operation afterwards', () => b.add(x, 1)),
  };
  await within('destroying a lost device', b.destroy());

  const second = await within('a new backend', gpu({ mode }));
  const again = [...(await within('a read of it', second.read(second.mul(second.fromData([1, 2, 3], [3]), 2))))];
  await within('destroying it', second.destroy());

  const began: string[] = [];
  const { result, ...rest } = await within(
    'a training that loses its device',
    runWithFallback(async (device) => {
      began.push(device.mode);
      const graphics = device.mode !== 'webasm' && device.mode !== 'cpu';
      return training(device, 1, (step) => {
        if (graphics && step === 1) loseAll();
      });
    }),
  );
  return { ...lost, again, continued: { ...rest, began, losses: result.losses } };
}

/** Devices that are not there: `webgpu` alone, or all graphics. */
export async function missingDevices(which: 'webgpu' | 'adapter' | 'graphics'): Promise<MissingReport> {
  if (which === 'adapter') GPU.prototype.requestAdapter = async () => null;
  else withoutWebGpu();
  if (which === 'graphics') {
    OffscreenCanvas.prototype.getContext = () => null;
    if (typeof HTMLCanvasElement !== 'undefined') HTMLCanvasElement.prototype.getContext = () => null;
  }
  const named = await refusal('a mode that is missing', () => gpu({ mode: which === 'graphics' ? 'webgl2' : 'webgpu' }));
  const b = await within('auto', gpu({ mode: 'auto' }));
  const auto = { mode: b.mode, fallbackReason: b.fallbackReason };
  await within('destroying it', b.destroy());
  return { named, auto };
}

const OPERANDS = 40;

/** v = v / 2 + w0 x, then the same with w1 and so on: one kernel with `OPERANDS` + 2 operands. */
const wide = <U extends TensorMeta>(b: Backend<U>, p: Readonly<Record<string, U>>, s: { v: U }, x: U): readonly [U, unknown] => {
  const v = Object.values(p).reduce((sum, w) => b.add(b.mul(sum, 0.5), b.mul(w, x)), s.v);
  return [v, { v }];
};

async function wideDifference(b: GpuBackend): Promise<Pick<LimitReport, 'difference' | 'executedBy'>> {
  const [steps, shape] = [5, [3, 4]];
  const meta: TensorMeta = { shape, dtype: 'float32' };
  const names = Array.from({ length: OPERANDS }, (_, i) => `w${i}`);
  const made = plan('wide', wide as Step, Object.fromEntries(names.map((name) => [name, meta])), { v: meta }, meta);
  const random = (name: string, of: readonly number[]) =>
    b.fromData(
      normal(
        stream(randomKey(3), name),
        of.reduce((n, m) => n * m, 1),
      ),
      of,
    );
  const [p, s, x] = [names.map((name) => random(name, shape)), [random('v', shape)], random('x', [steps, ...shape])];
  const g = random('g', [steps, ...shape]);
  const h = [random('h', shape)];
  const executable = await (b.compile as NonNullable<typeof b.compile>)(made.traced, steps);
  const run = executable.run(p, s, x);
  const pulled = executable.pullback(g, h, true);
  const want = made.vjp(b, p, s, x);
  const wanted = want.pullback(g, h, true);
  const read = async (list: readonly (typeof x | null)[]): Promise<number[]> =>
    (await Promise.all(list.flatMap((t) => (t ? [b.read(t)] : [])))).flatMap((data) => [...data]);
  const got = await read([run.outputs, ...run.states, ...pulled.parameters, ...pulled.states, pulled.inputs]);
  const expected = await read([want.outputs, ...want.states, ...wanted.parameters, ...wanted.states, wanted.inputs]);
  const largest = Math.max(...expected.map(Math.abs));
  return {
    difference: got.length === expected.length ? Math.max(...got.map((value, i) => Math.abs(value - expected[i]))) / largest : Infinity,
    executedBy: executable.executedBy,
  };
}

/** Operands that a mode's kernels may have, as the browser says. */
async function bindings(mode: GpuMode): Promise<number> {
  if (mode === 'webgpu') {
    const device = await (await navigator.gpu.requestAdapter())?.requestDevice();
    const count = device?.limits.maxStorageBuffersPerShaderStage ?? 0;
    device?.destroy();
    return count;
  }
  const context = new OffscreenCanvas(1, 1).getContext(mode === 'webgl2' ? 'webgl2' : 'webgl') as WebGLRenderingContext;
  return context.getParameter(context.MAX_TEXTURE_IMAGE_UNITS) as number;
}

/** Too many elements, too many operands, textures that are too small. */
export async function limits(mode: GpuMode): Promise<LimitReport> {
  const operands = await bindings(mode);
  const b = await gpu({ mode });
  const column = b.fromData(new Float32Array(2 ** 13), [2 ** 13, 1]);
  const row = b.fromData(new Float32Array(2 ** 12), [1, 2 ** 12]);
  const tensor = await refusal('a tensor that is too large', () => b.add(column, row));
  const wideStep = await within('a kernel with many operands', wideDifference(b));
  const parts = Array.from({ length: 100 }, (_, i) => b.fromData([i], [1]));
  const [joined] = await within('100 tensors joined', b.read(b.sum(b.concat(parts, 0), [0])));
  await within('destroying it', b.destroy());

  withoutWebGpu();
  for (const { prototype } of [WebGLRenderingContext, WebGL2RenderingContext]) {
    const { getParameter } = prototype;
    prototype.getParameter = function (this: WebGLRenderingContext | WebGL2RenderingContext, name: number): unknown {
      return name === this.MAX_TEXTURE_SIZE ? 64 : getParameter.call(this, name);
    };
  }
  const began: string[] = [];
  const { result, ...rest } = await within(
    'a job for a small device',
    runWithFallback(async (device) => {
      began.push(device.mode);
      return (await device.read(device.sum(device.fromData(new Float32Array(5000).fill(1), [5000]), [0])))[0];
    }),
  );
  return { tensor, operands, asked: OPERANDS + 2, ...wideStep, joined, continued: { ...rest, began, sum: result } };
}
