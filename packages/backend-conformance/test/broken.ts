/** Backends that are wrong on purpose, each in one way, and the test that must notice. */
import { type CpuTensor, plainCpu } from '@snn/backend-cpu';
import { planStep, scheduled, store, truncated } from '@snn/compile';
import {
  type Backend,
  type BackendImplementation,
  defineBackend,
  type Executable,
  type GradientStrategy,
  type Operand,
  type StepProgram,
  sizeOf,
  zeros,
} from '@snn/core';

export interface Broken {
  /** What is wrong. */
  readonly fault: string;
  /** `group > test` that must fail. */
  readonly killedBy: string;
  readonly make: () => Backend<CpuTensor>;
}

type Cpu = ReturnType<typeof plainCpu>;
type Overrides = (cpu: Cpu) => Partial<BackendImplementation<CpuTensor>>;
const { fround, trunc } = Math;

/** The CPU backend with some functions replaced before the arguments are checked. */
const altered = (fault: string, killedBy: string, overrides: Overrides): Broken => ({
  fault,
  killedBy,
  make(): Backend<CpuTensor> {
    const cpu = plainCpu();
    return defineBackend({ ...cpu, ...overrides(cpu) });
  },
});

/** The CPU backend with some functions replaced after that: nothing checks their arguments. */
const unchecked = (fault: string, killedBy: string, overrides: (cpu: Cpu) => Partial<Backend<CpuTensor>>): Broken => ({
  fault,
  killedBy,
  make(): Backend<CpuTensor> {
    const cpu = plainCpu();
    return { ...cpu, ...overrides(cpu) };
  },
});

/** `[M, K] x [K, N]` (batches too) with another way of adding: `add(total, x, y)`. */
const matmulBy =
  (add: (total: number, x: number, y: number) => number): Overrides =>
  (cpu) => ({
    matmul(a, b) {
      const [m, k] = a.shape.slice(-2);
      const n = b.shape[b.shape.length - 1];
      const [x, y] = [cpu.readSync(a), cpu.readSync(b)];
      const out = new Float64Array((x.length / k) * n);
      for (let o = 0; o < out.length; o++) {
        const batch = Math.floor(o / (m * n));
        const row = Math.floor(o / n);
        for (let i = 0; i < k; i++) out[o] = add(out[o], x[row * k + i], y[batch * k * n + i * n + (o % n)]);
      }
      return cpu.fromData(out, [...a.shape.slice(0, -1), n]);
    },
  });

/** A sum over all axes by `add`, in any order; other sums as they are. */
const sumBy =
  (add: (values: number[]) => number): Overrides =>
  (cpu) => ({
    sum: (x, axes) =>
      axes.length === x.shape.length
        ? cpu.fromData(
            [add([...cpu.readSync(x)])],
            x.shape.map(() => 1),
          )
        : cpu.sum(x, axes),
  });

/** The elements of an operand, stretched to as many as another has (one or all). */
const elements = (cpu: Cpu, x: Operand<CpuTensor>, length: number): number[] =>
  typeof x === 'number' ? new Array<number>(length).fill(x) : [...cpu.readSync(x)];

/** A binary operation with doubles for its number operands. */
const unrounded =
  (f: (x: number, y: number) => number, op: 'gt' | 'mul'): Overrides =>
  (cpu) => ({
    [op](a: Operand<CpuTensor>, b: Operand<CpuTensor>): CpuTensor {
      if (typeof a !== 'number' && typeof b !== 'number') return cpu[op](a, b);
      const { shape } = (typeof a === 'number' ? b : a) as CpuTensor;
      const [x, y] = [elements(cpu, a, sizeOf(shape)), elements(cpu, b, sizeOf(shape))];
      return cpu.fromData(
        x.map((v, i) => f(v, y[i])),
        shape,
      );
    },
  });

/** The elements of a result in another order or with other values. */
const changed = (cpu: Cpu, x: CpuTensor, f: (values: number[]) => number[]): CpuTensor =>
  cpu.fromData(f([...cpu.readSync(x)]), x.shape, x.dtype);

/** How a step is compiled, and what the executable is made with. */
interface Compilation {
  readonly cpu: Cpu;
  readonly step: StepProgram;
  readonly gradient: GradientStrategy;
  /** A sound executable, with its own strategy if one is given. */
  make(gradient?: GradientStrategy): Executable<CpuTensor>;
}

/** The CPU backend with a sound executor, some functions of whose executables are replaced. */
const miscompiled = (fault: string, killedBy: string, overrides: (compilation: Compilation) => Partial<Executable<CpuTensor>>): Broken => ({
  fault,
  killedBy: `compile > ${killedBy}`,
  make(): Backend<CpuTensor> {
    const cpu = plainCpu();
    return {
      ...cpu,
      supports: { ...cpu.supports, compile: 'step' },
      async compile(step, _, gradient = store()) {
        const make = (other: GradientStrategy = gradient): Executable<CpuTensor> => scheduled(cpu, step, null, other);
        return { ...make(), ...overrides({ cpu, step, gradient, make }) };
      },
    };
  },
});

/** A tensor `[T, ...]` with its steps in reverse. */
const backwards = (cpu: Cpu, x: CpuTensor): CpuTensor => {
  const [steps, ...shape] = x.shape;
  const row = sizeOf(shape);
  return changed(cpu, x, (values) =>
    Array.from({ length: steps }, (_, t) => values.slice((steps - 1 - t) * row, (steps - t) * row)).flat(),
  );
};

/** The first sample of a batch on `axis`, for all of them. */
const firstSample = (cpu: Cpu, x: CpuTensor, axis: number): CpuTensor => {
  const size = x.shape.map((n, i) => (i === axis ? 1 : n));
  return cpu.broadcast(
    cpu.slice(
      x,
      x.shape.map(() => 0),
      size,
    ),
    x.shape,
  );
};

const [FORWARD, GRADIENTS] = [
  'a compiled recurrent step gives the outputs and states of the step, one by one',
  'a compiled recurrent step gives the gradients of the step, up to the order of sums',
];
const ALONE = 'a run and its gradients depend on what the run is given and on nothing before it';
const OWNED = 'results belong to the caller: later runs do not change them, and each is released by itself';

/** The same executor without a fault. */
export const SOUND: Broken = miscompiled('nothing', 'every test', () => ({}));

const MISCOMPILED: readonly Broken[] = [
  miscompiled('a compiled run forgets a state', FORWARD, ({ make }) => {
    const sound = make();
    return {
      run(parameters, states, inputs) {
        const { outputs, states: final } = sound.run(parameters, states, inputs);
        return { outputs, states: [states[0], ...final.slice(1)] };
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('a compiled run begins with states of zeros', FORWARD, ({ cpu, make }) => {
    const sound = make();
    const none = (states: readonly CpuTensor[]): CpuTensor[] => states.map((x) => cpu.mul(x, 0));
    return { ...sound, run: (parameters, states, inputs) => sound.run(parameters, none(states), inputs) };
  }),
  miscompiled('a compiled run takes time in the wrong order', FORWARD, ({ cpu, make }) => {
    const sound = make();
    return { ...sound, run: (parameters, states, inputs) => sound.run(parameters, states, backwards(cpu, inputs)) };
  }),
  miscompiled('compiled outputs are one step late', FORWARD, ({ cpu, make }) => {
    const sound = make();
    return {
      run(parameters, states, inputs) {
        const { outputs, states: final } = sound.run(parameters, states, inputs);
        const row = sizeOf(outputs.shape.slice(1));
        return { outputs: changed(cpu, outputs, (values) => [...values.slice(0, row), ...values.slice(0, -row)]), states: final };
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('a compiled run computes the first sample of a batch for all', FORWARD, ({ cpu, make }) => {
    const sound = make();
    return {
      ...sound,
      run: (parameters, states, inputs) =>
        sound.run(
          parameters,
          states.map((x) => firstSample(cpu, x, 0)),
          firstSample(cpu, inputs, 1),
        ),
    };
  }),
  miscompiled('the gradients of a compiled run are those of the first sample of a batch', GRADIENTS, ({ cpu, make }) => {
    const sound = make();
    const first = make();
    return {
      run(parameters, states, inputs) {
        first.run(
          parameters,
          states.map((x) => firstSample(cpu, x, 0)),
          firstSample(cpu, inputs, 1),
        );
        return sound.run(parameters, states, inputs);
      },
      pullback: first.pullback,
    };
  }),
  miscompiled('a compiled weight gradient misses the last output', GRADIENTS, ({ cpu, make }) => {
    const sound = make();
    return {
      ...sound,
      pullback(g, h, wantInputs) {
        const found = sound.pullback(g, h, wantInputs);
        const others = cpu.slice(g, [0, 0, 0], [g.shape[0] - 1, ...g.shape.slice(1)]);
        const without = cpu.concat([others, zeros(cpu, [1, ...g.shape.slice(1)])], 0);
        return { ...found, parameters: sound.pullback(without, h, false).parameters };
      },
    };
  }),
  miscompiled('the gradients of two states are exchanged', GRADIENTS, ({ make }) => {
    const sound = make();
    return {
      ...sound,
      pullback(g, h, wantInputs) {
        const found = sound.pullback(g, h, wantInputs);
        return { ...found, states: [...found.states].reverse() };
      },
    };
  }),
  miscompiled('the compiled gradient of the recurrent weights has the wrong sign', GRADIENTS, ({ cpu, make }) => {
    const sound = make();
    return {
      ...sound,
      pullback(g, h, wantInputs) {
        const found = sound.pullback(g, h, wantInputs);
        const [w, r] = found.parameters;
        return { ...found, parameters: [w, cpu.mul(r, -1)] };
      },
    };
  }),
  miscompiled('a compiled backward pass takes cotangents in the wrong order of time', GRADIENTS, ({ cpu, make }) => {
    const sound = make();
    return { run: sound.run, pullback: (g, h, wantInputs) => sound.pullback(backwards(cpu, g), h, wantInputs) };
  }),
  miscompiled('a compiled backward pass ignores the cotangents of last states', GRADIENTS, ({ cpu, make }) => {
    const sound = make();
    const none = (h: readonly CpuTensor[]): CpuTensor[] => h.map((x) => cpu.mul(x, 0));
    return { run: sound.run, pullback: (g, h, wantInputs) => sound.pullback(g, none(h), wantInputs) };
  }),
  miscompiled(
    'sums over time are made of sums of parts',
    'sums over time run from the last step to the first, with the bits of the schedule run by operations',
    ({ cpu, step, make }) => {
      const sound = make();
      const plan = planStep(step);
      let last: readonly [readonly CpuTensor[], readonly CpuTensor[], CpuTensor] | null = null;
      const part = (x: CpuTensor, from: number, to: number): CpuTensor =>
        cpu.slice(x, [from, ...x.shape.slice(1).map(() => 0)], [to - from, ...x.shape.slice(1)]);
      return {
        run(...given) {
          last = given;
          return sound.run(...given);
        },
        pullback(g, h, wantInputs) {
          const [parameters, states, inputs] = last as NonNullable<typeof last>;
          const [steps] = inputs.shape;
          const early = plan.vjp(cpu, parameters, states, part(inputs, 0, 3));
          const late = plan.vjp(cpu, parameters, early.states, part(inputs, 3, steps)).pullback(part(g, 3, steps), h);
          const first = early.pullback(part(g, 0, 3), late.states);
          const sums = first.parameters.map((x, i) => cpu.add(x, late.parameters[i]));
          const all = wantInputs ? cpu.concat([first.inputs as CpuTensor, late.inputs as CpuTensor], 0) : null;
          return { parameters: sums, states: first.states, inputs: all };
        },
      };
    },
  ),
  miscompiled(
    'checkpoints lose the gradient of later segments',
    'checkpointed gradients are those of storing every step',
    ({ gradient, make }) => (gradient.kind === 'checkpoint' ? make(truncated(gradient.steps)) : {}),
  ),
  miscompiled('truncation is ignored', 'truncated gradients do not pass the starts of segments', ({ make }) => make(store())),
  miscompiled('truncation is one step late', 'truncated gradients do not pass the starts of segments', ({ gradient, make }) =>
    gradient.kind === 'truncated' ? make(truncated(gradient.steps + 1)) : {},
  ),
  miscompiled(
    'truncation cuts the forward pass, too',
    'truncated gradients do not pass the starts of segments',
    ({ cpu, gradient, make }) => {
      const sound = make();
      if (gradient.kind !== 'truncated') return sound;
      return {
        ...sound,
        run(parameters, states, inputs) {
          const [steps] = inputs.shape;
          const outputs: CpuTensor[] = [];
          let final = states;
          for (let t = 0; t < steps; t += gradient.steps) {
            const size = [Math.min(gradient.steps, steps - t), ...inputs.shape.slice(1)];
            const run = make(store()).run(parameters, states, cpu.slice(inputs, [t, 0, 0], size));
            outputs.push(run.outputs);
            final = run.states;
          }
          sound.run(parameters, states, inputs);
          return { outputs: cpu.concat(outputs, 0), states: final };
        },
      };
    },
  ),
  miscompiled('wantInputs is ignored', 'the gradient of the inputs is given if and only if it is asked for', ({ make }) => {
    const sound = make();
    return { run: sound.run, pullback: (g, h) => sound.pullback(g, h, true) };
  }),
  miscompiled('gradients are those of the first run', ALONE, ({ make }) => {
    const [sound, first] = [make(), make()];
    let ran = false;
    return {
      run(...given) {
        if (!ran) first.run(...given);
        ran = true;
        return sound.run(...given);
      },
      pullback: first.pullback,
    };
  }),
  miscompiled('a run goes on from the states of the run before', ALONE, ({ make }) => {
    const sound = make();
    let last: readonly CpuTensor[] | null = null;
    return {
      run(parameters, states, inputs) {
        const result = sound.run(parameters, last ?? states, inputs);
        last = result.states;
        return result;
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('the parameters of the first run are kept', ALONE, ({ make }) => {
    const sound = make();
    let kept: readonly CpuTensor[] | null = null;
    return {
      run(parameters, states, inputs) {
        kept ??= parameters;
        return sound.run(kept, states, inputs);
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('gradients add up from one pullback to the next', ALONE, ({ cpu, make }) => {
    const sound = make();
    let sums: readonly CpuTensor[] | null = null;
    return {
      run: sound.run,
      pullback(g, h, wantInputs) {
        const found = sound.pullback(g, h, wantInputs);
        sums = found.parameters.map((x, i) => (sums ? cpu.add(x, sums[i]) : x));
        return { ...found, parameters: sums };
      },
    };
  }),
  miscompiled('gradients of all runs are one buffer', OWNED, ({ cpu, make }) => {
    const sound = make();
    let buffers: readonly CpuTensor[] | null = null;
    return {
      run: sound.run,
      pullback(g, h, wantInputs) {
        const found = sound.pullback(g, h, wantInputs);
        buffers ??= found.parameters.map((x) => cpu.fromData(cpu.readSync(x), x.shape));
        for (const [i, x] of found.parameters.entries()) buffers[i].storage.data.set(cpu.readSync(x));
        return { ...found, parameters: buffers.map((x) => ({ ...x })) };
      },
    };
  }),
  miscompiled('outputs of all runs are one buffer', OWNED, ({ cpu, make }) => {
    const sound = make();
    let buffer: CpuTensor | null = null;
    return {
      run(...given) {
        const { outputs, states } = sound.run(...given);
        buffer ??= cpu.fromData(cpu.readSync(outputs), outputs.shape);
        buffer.storage.data.set(cpu.readSync(outputs));
        return { outputs: { ...buffer }, states };
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('two results are one tensor', OWNED, ({ make }) => {
    const sound = make();
    return {
      run(...given) {
        const { outputs, states } = sound.run(...given);
        return { outputs, states: states.map(() => states[0]) };
      },
      pullback: sound.pullback,
    };
  }),
  miscompiled('a run writes its last states into the first', 'a run leaves what it was given as it was', ({ cpu, make }) => {
    const sound = make();
    return {
      run(parameters, states, inputs) {
        const result = sound.run(parameters, states, inputs);
        for (const [k, x] of states.entries()) x.storage.data.set(cpu.readSync(result.states[k]));
        return result;
      },
      pullback: sound.pullback,
    };
  }),
];

export const BROKEN: readonly Broken[] = [
  altered('add writes its result into its first operand', 'purity > add leaves its inputs unchanged', (cpu) => ({
    add(a, b) {
      const sum = cpu.add(a, b);
      if (typeof a !== 'number' && sizeOf(a.shape) === sizeOf(sum.shape)) a.storage.data.set(cpu.readSync(sum));
      return sum;
    },
  })),
  altered('an infinite quotient is a number, where bits are not claimed', 'elementwise > div of every pair of edge values', (cpu) => ({
    supports: { ...cpu.supports, exactF32: false },
    div: (a, b) => changed(cpu, cpu.div(a, b), (values) => values.map((x) => (Math.abs(x) === Infinity ? Math.sign(x) : x))),
  })),
  altered('max ignores NaN', 'numerics > max is NaN if either is', (cpu) => ({ max: (a, b) => cpu.where(cpu.gt(a, b), a, b) })),
  altered('max gives -0 for -0 and 0', 'numerics > zeros keep their signs', (cpu) => ({
    max: (a, b) => {
      const top = cpu.max(a, b);
      return cpu.where(top, top, cpu.mul(top, -1));
    },
  })),
  altered('broadcast is off by one', 'shapes > broadcast up to rank 6', (cpu) => ({
    broadcast: (x, shape) => changed(cpu, cpu.broadcast(x, shape), ([first, ...rest]) => [...rest, first]),
  })),
  altered('adding stretches the wrong axis of square operands', 'broadcasting > add of shapes that stretch', (cpu) => ({
    add(a, b) {
      const stretched = typeof a !== 'number' && typeof b !== 'number' && a.shape.length === 2 && a.shape[0] === 1 && b.shape[1] === 1;
      return stretched ? cpu.reshape(cpu.permute(cpu.add(a, b), [1, 0]), [b.shape[0], a.shape[1]]) : cpu.add(a, b);
    },
  })),
  altered('gt is >=', 'numerics > gt is strict', (cpu) => ({
    gt: (a, b) => cpu.sub(1, cpu.gt(b, a)),
  })),
  altered('gt is 1 for NaN', 'numerics > gt is 0 when either is NaN', (cpu) => ({
    gt: (a, b) => cpu.where(cpu.sub(cpu.add(a, b), cpu.add(a, b)), 1, cpu.gt(a, b)),
  })),
  altered('slice leaks a tensor', 'lifecycle > slice leaks nothing', (cpu) => ({
    slice(x, begin, size) {
      cpu.reshape(x, x.shape);
      return cpu.slice(x, begin, size);
    },
  })),
  altered(
    'matmul uses fused multiply-add',
    'matmul > matmul rounds each product: no fused multiply-add',
    matmulBy((s, x, y) => fround(s + x * y)),
  ),
  altered(
    'matmul adds in double precision',
    'matmul > matmul rounds to float32 after each addition',
    matmulBy((s, x, y) => s + fround(x * y)),
  ),
  altered('matmul uses the first matrix of a batch for all', 'matmul > matmul is batched over leading axes', (cpu) => ({
    matmul(a, b) {
      const rank = b.shape.length;
      if (rank === 2) return cpu.matmul(a, b);
      const begin = b.shape.map(() => 0);
      const one = cpu.slice(b, begin, [...new Array<number>(rank - 2).fill(1), ...b.shape.slice(-2)]);
      return cpu.matmul(a, cpu.broadcast(one, b.shape));
    },
  })),
  altered('matmul takes rare numbers for spikes of 1', 'matmul > matmul of a sparse left operand gives the bits of a dense one', (cpu) => ({
    matmul(a, b) {
      const values = [...cpu.readSync(a)];
      const sparse = values.filter((x) => x !== 0).length < values.length / 10;
      return cpu.matmul(sparse ? cpu.where(a, 1, 0) : a, b);
    },
  })),
  altered(
    'sum adds in descending order',
    'reductions > sum adds in ascending order',
    sumBy((x) => x.reduceRight((total, v) => fround(total + v), 0)),
  ),
  altered(
    'sum adds in double precision',
    'reductions > sum rounds to float32 after each addition',
    sumBy((x) => x.reduce((total, v) => total + v, 0)),
  ),
  altered(
    'sum starts from the first element',
    'reductions > sum starts from +0',
    sumBy((x) => x.reduce((total, v) => fround(total + v))),
  ),
  altered('sum drops the axes', 'reductions > sum over any axes, which stay with size 1', (cpu) => ({
    sum(x, axes) {
      const total = cpu.sum(x, axes);
      return cpu.reshape(
        total,
        total.shape.filter((_, i) => !axes.includes(i)),
      );
    },
  })),
  altered('reduceMax starts from 0', 'reductions > reduceMax of negative numbers is negative', (cpu) => ({
    reduceMax: (x, axes) => cpu.max(cpu.reduceMax(x, axes), 0),
  })),
  altered('a view is freed with its source', 'lifecycle > the result of reshape outlives its inputs', () => ({
    reshape: (x, shape) => ({ ...x, shape: [...shape] }),
  })),
  altered('disposing a view frees its source', 'lifecycle > a tensor outlives its views', () => ({
    reshape: (x, shape) => ({ ...x, shape: [...shape] }),
  })),
  altered(
    'gt does not round numbers',
    'elementwise > numbers are rounded to float32 before they are computed with',
    unrounded((x, y) => +(x > y), 'gt'),
  ),
  altered(
    'mul does not round numbers',
    'neurons > states of the golden neurons, bit for bit',
    unrounded((x, y) => x * y, 'mul'),
  ),
  altered('native sigmoid is an approximation', 'native > native sigmoid equals the derived operation', (cpu) => ({
    native: { ...cpu.native, sigmoid: (x) => cpu.add(cpu.mul(cpu.div(x, cpu.add(cpu.max(x, cpu.mul(x, -1)), 1)), 0.5), 0.5) },
  })),
  altered('native tanh saturates early', 'native > native tanh equals the derived operation', (cpu) => ({
    native: { ...cpu.native, tanh: (x) => cpu.where(cpu.gt(x, 8), 1, (cpu.native.tanh as (y: CpuTensor) => CpuTensor)(x)) },
  })),
  altered('native has a function that nobody knows', 'native > native holds no unknown names', (cpu) => ({
    native: { ...cpu.native, ...{ sigmod: (x: CpuTensor) => x } },
  })),
  altered('int32 is claimed and refused', 'manifest > a dtype that is claimed is accepted and one that is not is refused', (cpu) => ({
    fromData: (data, shape, dtype) => {
      if (dtype === 'int32') throw new Error('int32 comes in the next version');
      return cpu.fromData(data, shape, dtype);
    },
  })),
  unchecked('bool is not claimed and accepted', 'manifest > a dtype that is claimed is accepted and one that is not is refused', (cpu) => ({
    supports: { ...cpu.supports, dtypes: ['float32', 'int32'] },
  })),
  unchecked('a rank above maxRank is accepted', 'manifest > a rank up to maxRank is computed with and one above is refused', (cpu) => ({
    supports: { ...cpu.supports, maxRank: 8 },
  })),
  unchecked('syncRead is claimed without readSync', 'manifest > readSync exists if and only if it is claimed', () => ({
    readSync: undefined,
  })),
  unchecked('compile is claimed without compile', 'compile > compile exists if and only if it is claimed', (cpu) => ({
    supports: { ...cpu.supports, compile: 'step' },
  })),
  altered('read gives the live buffer', 'storage > the array that was read may be changed', () => ({
    read: async (x) => x.storage.data,
  })),
  altered('fromData keeps the array that it was given', 'storage > the array that was given may be changed afterwards', (cpu) => ({
    fromData(data, shape, dtype) {
      const x = cpu.fromData(data, shape, dtype);
      return data instanceof Float32Array ? { ...x, storage: { ...x.storage, data } } : x;
    },
  })),
  altered('int32 is stored as float32', 'storage > int32 numbers come back as they went in', (cpu) => ({
    fromData: (data, shape, dtype) => ({ ...cpu.fromData(data, shape), dtype: dtype ?? 'float32' }),
  })),
  altered('reads share one buffer', 'async order > many reads between operations each give their own tensor', (cpu) => {
    let staging = new Float32Array(0);
    return {
      async read(x) {
        staging = Float32Array.from(cpu.readSync(x));
        await Promise.resolve();
        return staging.slice();
      },
    };
  }),
  altered('where takes a NaN condition for false', 'elementwise > where counts a NaN condition as other than 0', (cpu) => ({
    where: (condition, a, b) => cpu.where(cpu.max(cpu.gt(condition, 0), cpu.gt(0, condition)), a, b),
  })),
  altered('where mixes its values by arithmetic', 'elementwise > where does not let the value that was not chosen through', (cpu) => ({
    where(condition, a, b) {
      const yes = cpu.where(condition, 1, 0);
      return cpu.add(cpu.mul(yes, a), cpu.mul(cpu.sub(1, yes), b));
    },
  })),
  altered('permute is its inverse', 'shapes > permute up to rank 6', (cpu) => ({
    permute: (x, axes) =>
      cpu.permute(
        x,
        axes.map((_, i) => axes.indexOf(i)),
      ),
  })),
  altered('concat joins in reverse', 'shapes > concat up to rank 6', (cpu) => ({
    concat: (parts, axis) => cpu.concat([...parts].reverse(), axis),
  })),
  altered('reshape turns int32 into float32', 'shapes > movement keeps int32', (cpu) => ({
    reshape: (x, shape) => cpu.reshape(x.dtype === 'int32' ? cpu.add(x, 0) : x, shape),
  })),
  altered('floor rounds towards zero', 'numerics > floor rounds down, not towards zero', (cpu) => ({
    floor: (x) => changed(cpu, x, (values) => values.map(trunc)),
  })),
  altered('div multiplies by the reciprocal', 'numerics > add, sub, mul and div are correctly rounded', (cpu) => ({
    div: (a, b) => cpu.mul(a, cpu.div(1, b)),
  })),
  altered('sqrt has a relative error of 1e-6', 'numerics > sqrt is correctly rounded', (cpu) => ({
    sqrt: (x) => cpu.mul(cpu.sqrt(x), 1 + 1e-6),
  })),
  altered('exp has a relative error of 1e-6', 'numerics > exp is within relativeError', (cpu) => ({
    exp: (x) => cpu.mul(cpu.exp(x), 1 + 1e-6),
  })),
  altered('log loses accuracy near 1', 'numerics > log is within relativeError', (cpu) => ({
    log: (x) => cpu.sub(cpu.log(cpu.mul(x, 2)), Math.LN2),
  })),
  altered('subnormal numbers become 0', 'numerics > subnormal numbers are kept', (cpu) => ({
    mul: (a, b) => changed(cpu, cpu.mul(a, b), (values) => values.map((x) => (Math.abs(x) < 2 ** -126 ? 0 * x : x))),
  })),
  altered('the second operand of add has fewer bits', 'properties > add commutes', (cpu) => ({
    add: (a, b) =>
      cpu.add(a, typeof b === 'number' ? b : changed(cpu, b, (values) => values.map((x) => fround(x * 65537) - fround(x * 65536)))),
  })),
  altered('every second addition is off', 'purity > add gives the same result twice', (cpu) => {
    let calls = 0;
    return { add: (a, b) => cpu.add(cpu.add(a, b), calls++ % 2) };
  }),
  unchecked('dispose does nothing', 'lifecycle > add refuses a disposed tensor', () => ({ dispose: () => {} })),
  unchecked('dispose twice counts twice', 'lifecycle > dispose twice is harmless', (cpu) => {
    let disposals = 0;
    return {
      dispose(x): void {
        disposals++;
        cpu.dispose(x);
      },
      memory: () => ({ tensors: -disposals, bytes: -disposals }),
    };
  }),
  unchecked('matmul complains without a code', 'errors > matmul refuses inner sizes that differ', (cpu) => ({
    matmul(a, b) {
      if (a.shape[a.shape.length - 1] !== b.shape[b.shape.length - 2]) throw new Error('matmul: sizes differ');
      return cpu.matmul(a, b);
    },
  })),
  unchecked('slice answers beyond the end', 'errors > slice refuses a box that reaches out', (cpu) => ({
    slice: (x, begin, size) =>
      cpu.slice(
        x,
        begin,
        size.map((n, i) => Math.min(n, x.shape[i] - begin[i])),
      ),
  })),
  ...MISCOMPILED,
];
