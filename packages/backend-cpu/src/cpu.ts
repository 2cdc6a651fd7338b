/** `cpu()`: the CPU backend with its fast tier. */
import { scheduled } from '@snn/compile';
import { argumentError, checkNames, type Executable, type GradientStrategy, type StepProgram } from '@snn/core';
import { Engine } from './compiled/engine.ts';
import { compileStep, hasRelaxedSimd, wasmMissing } from './compiled/executable.ts';
import { javaScriptKernels } from './compiled/javascript.ts';
import { availableThreads } from './compiled/threads.ts';
import { type CpuBackend, plainCpu, plainOver, SUPPORTS } from './plain.ts';
import { type CpuTensor, Heap, type Residence } from './storage.ts';
import { type RandomKernels, randomNative } from './wasm/random/index.ts';

/** Bytes of tensors that live in the memory of the kernels; more live outside it and are copied when kernels need them. */
const RESIDENT_BYTES = 2 ** 30;

/** Options of `cpu`. */
export interface CpuOptions {
  /**
   * Threads that compiled programs may use: a whole number from 1. Default: as many as the machine runs at once. The bits are the same with any
   * number. Workers start when the first program is large enough to gain from them.
   */
  readonly threads?: number;
  /**
   * Whether compiled products of dense numbers may round a multiplication and the addition after it once instead of twice: 1.2 to 1.3 times
   * as fast on an x86 processor, and no longer with the bits of the plain tier (`supports.exactF32` is false then). Default false. Without relaxed SIMD in the engine it changes
   * nothing, and `executedBy` says so.
   */
  readonly fast?: boolean;
}

/** The backend that `cpu` makes. */
export interface FastCpuBackend extends CpuBackend {
  compile(step: StepProgram, steps: number, gradient?: GradientStrategy): Promise<Executable<CpuTensor>>;
  /** End the worker threads, if there are any. They never keep a process alive; compiled programs run on one thread afterwards. */
  close(): void;
}

/**
 * The CPU backend: the plain tier, and steps compiled to WebAssembly (`compile`), with the same bits. Where WebAssembly is missing, compiled
 * steps run on the plain tier with kernels in JavaScript and say so in `fallbackReason`; where threads are missing, `executedBy` says why.
 *
 * @throws an `argument` error when `threads` is not a whole number from 1, or for an option that does not exist.
 */
export async function cpu(options: CpuOptions = {}): Promise<FastCpuBackend> {
  checkNames('cpu', options, ['threads', 'fast']);
  const { threads = availableThreads(), fast = false } = options;
  if (!(Number.isSafeInteger(threads) && threads >= 1))
    throw argumentError(`cpu: threads must be a whole number from 1, but is ${threads}.`);
  const reason = wasmMissing();
  if (reason !== null) {
    const plain = plainCpu();
    return {
      ...plain,
      supports: { ...SUPPORTS, compile: 'step' },
      compile: async (step, _steps, gradient) => scheduled(plain, step, reason, gradient, javaScriptKernels(plain)),
      close: () => {},
    };
  }
  const fused = fast && hasRelaxedSimd();
  const engine = new Engine(threads, fused, fast && !fused ? 'no relaxed SIMD in this engine' : null);
  const heap = new Heap(residenceOf(engine));
  const plain = plainOver(heap, randomNative(engine.memory, engine.fixed as unknown as RandomKernels, heap));
  return {
    ...plain,
    supports: { ...SUPPORTS, compile: 'step', exactF32: !fused },
    compile: (step, steps, gradient = { kind: 'store' }) => compileStep(engine, plain, step, steps, gradient),
    close: () => engine.close(),
  };
}

/** Tensors in a shared memory, whose arrays stay valid when it grows; others would not. */
function residenceOf({ memory }: Engine): Residence | null {
  if (!memory.shared) return null;
  return {
    take(length) {
      if (memory.bytes + 4 * length > RESIDENT_BYTES) return null;
      try {
        return memory.view(memory.allocate('a tensor', 4 * length), length);
      } catch {
        // what does not fit in here may fit outside
        return null;
      }
    },
    holds: (data) => memory.holds(data),
    give: (data) => memory.free(data.byteOffset),
  };
}
