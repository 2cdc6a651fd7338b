/**
 * TensorFlow.js with its WebAssembly or its CPU backend: what a JavaScript programmer has today. Written as its user would write it: a loop of operations
 * over time, `customGrad` for the spike, `variableGrads`. One thread in Node.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Cpu from '@tensorflow/tfjs-backend-cpu';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import type * as TF from '@tensorflow/tfjs-core';
import type { Values } from '../generator.ts';
import type { Mode, Named } from '../workload.ts';
import type { Case, Engine, Evidence, Prepared } from './engine.ts';

const fromHere = createRequire(import.meta.url);

/**
 * tfjs-core as published for Node has no derivatives: its file for Node leaves `register_all_gradients` out, and Node cannot resolve the ES
 * modules beside it. So the ES modules are bundled, once per version.
 */
type Module = typeof TF & typeof Wasm & Pick<typeof Cpu, 'version_cpu'>;

async function bundled(): Promise<Module> {
  const folder = fileURLToPath(new URL('../../../.cache', import.meta.url));
  const { version } = fromHere('@tensorflow/tfjs-core/package.json') as { version: string };
  const file = join(folder, `tfjs-cpu-wasm-${version}.cjs`);
  if (!existsSync(file)) {
    const temporary = join(folder, `tfjs-${process.pid}.tmp`);
    mkdirSync(folder, { recursive: true });
    // not needed, and not loaded, once the file is there
    const { build } = await import('esbuild');
    await build({
      stdin: {
        contents: `
          import '@tensorflow/tfjs-core/dist/register_all_gradients';
          export * from '@tensorflow/tfjs-core';
          export { version_cpu } from '@tensorflow/tfjs-backend-cpu';
          export * from '@tensorflow/tfjs-backend-wasm';`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      outfile: temporary,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'silent',
    });
    renameSync(temporary, file);
  }
  return fromHere(file) as Module;
}

const tf: Module = await bundled();

const tensor = ({ data, shape }: Values): TF.Tensor => tf.tensor(data, [...shape], 'float32');

/** H(x), with the derivative of ATan of sharpness 2. */
const spike = tf.customGrad((...args: (TF.Tensor | ((tensors: TF.Tensor[]) => void))[]) => {
  const [x, save] = args as [TF.Tensor, (tensors: TF.Tensor[]) => void];
  save([x]);
  return {
    value: tf.cast(tf.greater(x, 0), 'float32'),
    gradFunc: (dy: TF.Tensor, [saved]: TF.Tensor[]) => tf.div(dy, tf.add(tf.square(tf.mul(saved, Math.PI)), 1)),
  };
});

/** The common neuron behind a linear layer. */
function layer(x: TF.Tensor, weight: TF.Tensor, bias: TF.Tensor, v: TF.Tensor): [z: TF.Tensor, v: TF.Tensor] {
  const u = tf.add(tf.mul(v, 0.9), tf.add(tf.matMul(x as TF.Tensor2D, weight as TF.Tensor2D), bias));
  const z = spike(tf.sub(u, 1));
  return [z, tf.sub(u, z)];
}

interface Net {
  step(x: TF.Tensor, state: TF.Tensor[]): { state: TF.Tensor[]; spikes: Record<string, TF.Tensor> };
  start(): TF.Tensor[];
}

/** The networks of W1, W2 and W5: one layer or two. */
function net(p: Named<TF.Tensor>, B: number): Net {
  if ('weight' in p)
    return {
      start: () => [tf.zeros([B, p.bias.size])],
      step(x, [v]) {
        const [z, next] = layer(x, p.weight, p.bias, v);
        return { state: [next], spikes: { output: z } };
      },
    };
  return {
    start: () => [tf.zeros([B, p.bias1.size]), tf.zeros([B, p.bias2.size])],
    step(x, [v1, v2]) {
      const [z1, n1] = layer(x, p.weight1, p.bias1, v1);
      const [z2, n2] = layer(z1, p.weight2, p.bias2, v2);
      return { state: [n1, n2], spikes: { hidden: z1, output: z2 } };
    },
  };
}

const meanSize = (x: TF.Tensor): number => tf.tidy(() => tf.mean(tf.abs(x)).dataSync()[0]);

async function prepare({ size, problem }: Case, mode: Mode): Promise<Prepared> {
  const variables = Object.fromEntries(Object.entries(problem.parameters).map(([name, x]) => [name, tf.variable(tensor(x), true, name)]));
  const xs = tf.tidy(() => tf.unstack(tensor(problem.inputs)));
  const network = net(variables, size.B);
  const outputs = (inputs: TF.Tensor[]): TF.Tensor[] => {
    let state = network.start();
    return inputs.map((x) => {
      const stepped = network.step(x, state);
      state = stepped.state;
      return stepped.spikes.output;
    });
  };
  const spikes = (): Named<number> =>
    tf.tidy(() => {
      const totals: Record<string, number> = {};
      let state = network.start();
      for (const x of xs) {
        const stepped = network.step(x, state);
        state = stepped.state;
        for (const [name, z] of Object.entries(stepped.spikes)) totals[name] = (totals[name] ?? 0) + tf.sum(z).dataSync()[0];
      }
      return totals;
    });
  const gradientSizes = (grads: Named<TF.Tensor>): Named<number> =>
    Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, meanSize(g)]));
  const dispose = (): void => tf.disposeVariables();

  if (mode === 'stream') {
    let state = network.start();
    let t = 0;
    return {
      run() {
        const next = tf.tidy(() => network.step(xs[t], state).state);
        tf.dispose(state);
        state = next;
        t = (t + 1) % xs.length;
      },
      check: () => ({ spikes: spikes(), gradients: {} }),
      dispose,
    };
  }
  if (mode === 'forward')
    return {
      run: () => {
        tf.tidy(() => {
          // reading one number waits for the work to be done
          outputs(xs).at(-1)?.dataSync();
        });
      },
      check: () => ({ spikes: spikes(), gradients: {} }),
      dispose,
    };
  if (mode === 'train') {
    const training = problem.training as NonNullable<typeof problem.training>;
    const labels = tf.tidy(() => tf.oneHot(tf.cast(tensor(training.labels), 'int32'), 10));
    const optimizer = tf.train.adam(training.rate);
    const loss = (inputs: TF.Tensor[]): TF.Scalar =>
      tf.losses.softmaxCrossEntropy(
        labels,
        outputs(inputs).reduce((sum, z) => tf.add(sum, z)),
      ) as TF.Scalar;
    let step = 0;
    return {
      run() {
        tf.tidy(() => {
          const encoded = training.encode ? tf.unstack(tensor(training.encode(step++))) : xs;
          optimizer.minimize(() => loss(encoded), true)?.dataSync();
        });
      },
      check(): Evidence {
        const before = spikes();
        const { grads } = tf.variableGrads(() => loss(xs));
        return { spikes: before, gradients: gradientSizes(grads) };
      },
      dispose,
    };
  }
  const coefficients = tensor(problem.coefficients as Values);
  const loss = (inputs: TF.Tensor[]): TF.Scalar => tf.sum(tf.mul(tf.stack(outputs(inputs)), coefficients)) as TF.Scalar;
  const list = Object.values(variables);
  const once = (): Named<TF.Tensor> => {
    if (mode === 'backward') return tf.variableGrads(() => loss(xs)).grads;
    const whole = tf.stack(xs);
    const all = tf.grads((...args: TF.Tensor[]) => loss(tf.unstack(args[list.length])))([...list, whole]);
    return Object.fromEntries([...list.map(({ name }, i) => [name, all[i]] as const), ['inputs', all[list.length]] as const]);
  };
  return {
    run: () => {
      tf.tidy(() => {
        Object.values(once())[0].dataSync();
      });
    },
    check: () => ({ spikes: spikes(), gradients: tf.tidy(() => gradientSizes(once())) }),
    dispose,
  };
}

/** Load tfjs and its WebAssembly file, and make a device active. */
export async function tfjsEngine(device: 'wasm' | 'cpu'): Promise<Engine> {
  const file = fromHere.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm');
  tf.setWasmPaths(`${dirname(file)}${sep}`);
  await tf.setBackend(device);
  await tf.ready();
  return {
    name: `tfjs ${device}`,
    refusal(_workload, { name }, _mode, threads) {
      if (threads > 1) return `tfjs ${device} has one thread in Node`;
      return name.includes('triangle') ? 'this case is about our default surrogate; the same case with ATan is measured' : null;
    },
    prepare,
    identity: () => ({
      engine: 'tfjs-core',
      backend: tf.getBackend(),
      tier: `${device} ${device === 'wasm' ? tf.version_wasm : tf.version_cpu}`,
      executor: 'operation by operation',
    }),
  };
}
