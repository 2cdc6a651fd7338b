/** Who takes part: our engines and the peers, which workloads each can do, and where its neuron differs by design. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Where the Python peers are installed. */
export const VENV: string = join(folder, 'peers', '.venv');

/** How to install them. */
export const INSTALL =
  'python3 -m venv benchmarks/peers/.venv && benchmarks/peers/.venv/bin/pip install -r benchmarks/peers/requirements.txt';

/**
 * What a contestant counts as: `ours`, the compiled engine, whose times the ratios are of; `plain`, our step-by-step engine, for comparison;
 * `library`, a PyTorch spiking library as shipped; `anything` else, written by an expert in PyTorch or JAX;
 * `javascript`.
 */
export type Kind = 'ours' | 'plain' | 'library' | 'anything' | 'javascript';

/** One row of the field. */
export interface Contestant {
  readonly id: string;
  readonly kind: Kind;
  /** Ids of the workloads that it can do. */
  readonly workloads: readonly string[];
  /** Engine or way of doing it; see `Job.variant`. */
  readonly variant: string;
  /** Options of the Node that it runs on. */
  readonly flags?: readonly string[];
  /** Script in `peers/`; absent for engines that run in Node. */
  readonly script?: string;
  /** Why its spikes or gradients are others, by workload: such times count, with the reason beside them. */
  readonly byDesign?: Readonly<Record<string, string>>;
  /** Only with `--compile`: compiling takes from ten seconds to minutes per case. */
  readonly compiles?: boolean;
  /** It takes no part where there are two threads: it has one whatever is asked for, or compiling for one is long enough. */
  readonly oneThread?: boolean;
  /** Cases that it is spared, by workload and size. */
  readonly spared?: { readonly cases: RegExp; readonly reason: string };
}

/** The compiled engine on a Node whose V8 joins pairs of 128-bit vectors to 256 bits. The bits are the same; V8 calls the option experimental. */
export const JOINED = 'snn (256 bits)';

const SNNTORCH =
  'reset_delay=False skips the second of two resets in a row, so it fires 0.1 to 0.9 % less and its gradients differ accordingly';
const NORSE = 'its surrogate is SuperSpike instead of ATan, so gradients differ';
const NORSE_RECURRENT = 'its recurrent neurons have a synaptic current and a later feedback; there is no recurrent box neuron';

/** Everybody. */
export const CONTESTANTS: readonly Contestant[] = [
  { id: 'snn (compiled)', kind: 'ours', variant: 'compiled', workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9'] },
  // beside the ratios, not in them: who runs this library need not know V8's options
  {
    id: JOINED,
    kind: 'plain',
    variant: 'joined',
    flags: ['--experimental-wasm-revectorize'],
    workloads: ['W1', 'W2', 'W3', 'W4', 'W6', 'W7', 'W8', 'W9'],
  },
  // dense products with fused multiply-add, which has other bits: beside the ratios, not in them
  { id: 'snn (fused)', kind: 'plain', variant: 'fused', workloads: ['W1', 'W3', 'W7'] },
  {
    id: 'snn (eager)',
    kind: 'plain',
    variant: 'eager',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9'],
    oneThread: true,
    spared: { cases: /^W1 500x16x512 (dense|r=0\.2|.*triangle)|^W4 .*T=1000/, reason: 'it takes minutes and is no peer' },
  },
  {
    id: 'tfjs wasm',
    kind: 'javascript',
    variant: 'tfjs',
    workloads: ['W1', 'W2', 'W5'],
    oneThread: true,
    spared: {
      cases: /^W1 500x16x512 (dense|r=0\.2|.*triangle)|^W1 100x16x1024/,
      reason: 'its products with a transposed operand take ten seconds and more per run; 500x16x512 r=0.05 stands for these cases',
    },
  },
  { id: 'torch fused', kind: 'anything', script: 'run_torch.py', variant: 'fused', workloads: ['W1', 'W2', 'W3'] },
  { id: 'torch naive', kind: 'anything', script: 'run_torch.py', variant: 'naive', workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'W9'] },
  {
    id: 'torch compiled',
    kind: 'anything',
    script: 'run_torch.py',
    variant: 'compiled',
    workloads: ['W1', 'W2', 'W3'],
    compiles: true,
    oneThread: true,
    spared: { cases: /^W1 (?!25x64x512|20x8x128)|B=1$/, reason: 'each size compiles for up to a minute; 25x64x512 stands for them' },
  },
  { id: 'jax fold', kind: 'anything', script: 'run_jax.py', variant: 'fold', workloads: ['W1', 'W2', 'W3'] },
  {
    id: 'jax step',
    kind: 'anything',
    script: 'run_jax.py',
    variant: 'step',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9'],
  },
  {
    id: 'snntorch',
    kind: 'library',
    script: 'run_snntorch.py',
    variant: 'default',
    workloads: ['W1', 'W2', 'W3', 'W5', 'W7', 'W9'],
    byDesign: { W1: SNNTORCH, W2: SNNTORCH, W3: SNNTORCH, W5: SNNTORCH, W9: SNNTORCH },
  },
  {
    id: 'norse',
    kind: 'library',
    script: 'run_norse.py',
    variant: 'default',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'W9'],
    byDesign: { W1: NORSE, W2: NORSE, W3: NORSE_RECURRENT, W4: NORSE_RECURRENT, W9: NORSE },
  },
  {
    id: 'spikingjelly',
    kind: 'library',
    script: 'run_spikingjelly.py',
    variant: 'default',
    workloads: ['W1', 'W2', 'W3', 'W5', 'W9'],
  },
  { id: 'tracetorch', kind: 'library', script: 'run_tracetorch.py', variant: 'default', workloads: ['W6'] },
  {
    id: 'tracetorch compiled',
    kind: 'anything',
    script: 'run_tracetorch.py',
    variant: 'compiled',
    workloads: ['W6'],
    compiles: true,
    oneThread: true,
  },
  { id: 'rnnbuilder', kind: 'library', script: 'run_rnnbuilder.py', variant: 'default', workloads: ['W8'] },
];

/** The Python of the peers, or null when they are not installed. */
export function peerPython(): string | null {
  const python = join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  return existsSync(python) ? python : null;
}

/** What to start for a contestant; null when it cannot be. */
export function commandOf({ script, flags = [] }: Contestant): readonly string[] | null {
  if (script === undefined) return [process.execPath, ...flags, '--conditions=@snn/source', join(folder, 'src', 'host.ts')];
  const python = peerPython();
  return python === null ? null : [python, join(folder, 'peers', script)];
}
