/**
 * A loop over time by the operations of TensorFlow.js, as its user would write it: `customGrad` for the spike, `variableGrads`. Runs on whatever device is
 * active, in Node and in browsers.
 */
import type * as TF from '@tensorflow/tfjs-core';
import type { Values } from '../generator.ts';
import type { Mode, Named } from '../workload.ts';
import type { Case, Evidence, Prepared } from './engine.ts';

/** The networks of W1, W2 and W5: one layer or two. */
interface Net {
  step(x: TF.Tensor, state: TF.Tensor[]): { state: TF.Tensor[]; spikes: Record<string, TF.Tensor> };
  start(): TF.Tensor[];
}

/** Makes cases ready with this copy of tfjs. */
export function tfjsLoop(tf: typeof TF): (job: Case, mode: Mode) => Promise<Prepared> {
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

  return async function prepare({ size, problem }: Case, mode: Mode): Promise<Prepared> {
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
  };
}
