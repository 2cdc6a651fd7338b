/**
 * Runs a plan on WebAssembly: elementwise regions as one kernel with the loop over time inside, products with a fixed right operand over all
 * T * B rows, weight gradients as one product. What has no kernel is done by the plain tier on the same memory. Results have the bits of
 * `interpret` on the plain tier, which the tests check with ===.
 */
import {
  callNode,
  DERIVED,
  isDerived,
  type Lifted,
  lift,
  operandsOf,
  type Plan,
  partsOf,
  type Region,
  regions,
  removeDeadCode,
  type Schedule,
  simplify,
  sumOverTime,
  tracer,
} from '@snn/compile';
import { assemble, elementwise, type KernelOp, type KernelRef, type KernelSpec } from '@snn/compile/wasm';
import { type ProgramNode, sameShape, sizeOf } from '@snn/core';
import type { PlainCpu } from '../plain.ts';
import type { CpuTensor } from '../storage.ts';
import { KERNELS } from './kernels.ts';
import { Memory, type Place } from './memory.ts';
import { type Kernels, Products } from './products.ts';

/** A kernel works on this many bytes of a row for all steps before the next, so that its states stay in the first-level cache. */
const BLOCK_BYTES = 4096;

/** Results of a run; the arrays are copies. */
export interface CompiledRun {
  /** `[T, ...]`. */
  readonly outputs: Float32Array;
  readonly states: readonly Float32Array[];
}

/** Gradients of a run; the arrays are copies. */
export interface CompiledGradients {
  readonly parameters: readonly Float32Array[];
  readonly states: readonly Float32Array[];
  /** `[T, ...]`; null unless asked for. */
  readonly inputs: Float32Array | null;
}

/** A plan for a number of steps, with its memory. */
export interface CompiledPlan {
  readonly steps: number;
  /** Bytes of memory in use. */
  readonly bytes: number;
  run(parameters: readonly Float32Array[], states: readonly Float32Array[], inputs: Float32Array): CompiledRun;
  /** Gradients of sum <outputs, g> + sum_k <states_k, h_k> at the last run. */
  pullback(outputs: Float32Array, states: readonly Float32Array[], wantInputs: boolean): CompiledGradients;
}

/** Where a node's value lies: `[T, ...shape]` if `timed`, else `shape`. */
interface Slot {
  readonly node: number;
  readonly place: Place;
  readonly shape: readonly number[];
  readonly timed: boolean;
}

/** An elementwise region as a kernel, and which nodes its operands and results are. */
interface RegionKernel {
  readonly spec: KernelSpec;
  readonly shape: readonly number[];
  readonly streams: readonly number[];
  readonly fixed: readonly number[];
  readonly scalars: readonly number[];
  readonly results: readonly number[];
}

/** One direction of a plan. */
interface Pass {
  readonly name: string;
  readonly schedule: Schedule;
  readonly regions: readonly Region[];
  /** Of each loop: what it does in one step. */
  readonly parts: ReadonlyMap<Region, readonly Region[]>;
  readonly kernels: ReadonlyMap<Region, RegionKernel>;
  readonly reversed: boolean;
}

/**
 * Compile a plan for `steps` steps, on memory of its own.
 *
 * @throws an `unsupported` error when memory runs out.
 */
export function compilePlan(plan: Plan, steps: number, plain: PlainCpu): CompiledPlan {
  const { traced } = plan;
  const { nodes } = traced.program;
  const memory = new Memory();
  const slots = new Map<number, Slot>();
  const forward = makePass('forward', plan.recording, new Set(), false);
  const backward = makePass('backward', plan.backward, unneeded(plan, plan.backward), true);
  const ofParameters = makePass('parameters', plan.backwardOfParameters, unneeded(plan, plan.backwardOfParameters), true);
  const specs = [forward, backward, ofParameters].flatMap(({ kernels }) => [...kernels.values()].map(({ spec }) => elementwise(spec)));
  const module = new WebAssembly.Module(assemble([...KERNELS, ...specs]));
  const kernels = new WebAssembly.Instance(module, { env: { memory: memory.memory } }).exports as unknown as Kernels;
  const products = new Products(memory, kernels);

  const slotOf = (node: number, timed: boolean): Slot => {
    const known = slots.get(node);
    if (known) return known;
    const { op, shape } = nodes[node];
    const slot = { node, place: memory.place(`%${node} = ${op} of shape [${shape}]`, sizeOf(shape) * (timed ? steps : 1)), shape, timed };
    slots.set(node, slot);
    return slot;
  };
  /** A node's slot; constants get theirs now. */
  const filled = (node: number): Slot => {
    const known = slots.get(node);
    if (known) return known;
    const slot = slotOf(node, false);
    memory.floats(slot.place).set(nodes[node].attributes[0] as number[]);
    return slot;
  };
  const lifted = (node: number): Lifted<CpuTensor> => {
    const { place, shape, timed } = filled(node);
    return { value: plain.view(memory.floats(place), timed ? [steps, ...shape] : shape), timed };
  };
  /** Operands as the plain tier takes them. Their places come first: views become stale when memory grows. */
  const operands = (node: number): (number | Lifted<CpuTensor>)[] => {
    for (const i of operandsOf(nodes[node])) filled(i);
    return nodes[node].inputs.map((x) => (typeof x === 'number' ? x : lifted(x.node)));
  };
  /** Let the plain tier compute a node. */
  const runPlain = (node: number, timed: boolean): void => {
    const { place } = slotOf(node, timed);
    // first, since filling the operands may make memory grow
    const values = plain.readSync(lift(plain, nodes[node], operands(node), steps).value) as Float32Array;
    memory.floats(place).set(values);
  };

  /** The operand repeated to `shape`; its own place when it has that shape. */
  const spread = (node: number, shape: readonly number[]): Place => {
    const slot = filled(node);
    if (sameShape(slot.shape, shape)) return slot.place;
    const { timed } = slot;
    const place = memory.place(`%${node} repeated to [${shape}]`, sizeOf(shape) * (timed ? steps : 1));
    const { value } = lifted(node);
    const own = timed
      ? plain.reshape(value, [steps, ...new Array<number>(shape.length - slot.shape.length).fill(1), ...slot.shape])
      : value;
    memory.floats(place).set(plain.readSync(plain.broadcast(own, timed ? [steps, ...shape] : shape)) as Float32Array);
    return place;
  };

  const runNode = (node: number): void => {
    const { op, inputs, shape, attributes } = nodes[node];
    const [x, y] = inputs.map((ref) => (typeof ref === 'number' ? null : filled(ref.node)));
    if (op === 'matmul' && shape.length === 2 && x?.timed && y && !y.timed) {
      const [m, k] = x.shape;
      products.multiply({ name: `%${x.node}`, place: x.place, rows: steps * m, columns: k }, y.place, y.shape[1], slotOf(node, true).place);
    } else if (op === 'sum' && x?.timed && x.shape.length === 2 && `${attributes[0]}` === '0') {
      const [rows, n] = x.shape;
      const to = slotOf(node, true).place;
      for (let t = 0; t < steps; t++) kernels.addRows(x.place.at + 4 * t * rows * n, rows, n, to.at + 4 * t * n);
    } else runPlain(node, true);
  };

  /** Lay out the arguments of a kernel. Operands of other shapes are repeated now. */
  const prepareKernel = ({ name }: Pass, region: Region, { shape, spec, ...kernel }: RegionKernel, states: readonly Place[]) => {
    const places = [
      ...[...kernel.streams, ...kernel.fixed].map((node) => spread(node, shape)),
      ...kernel.scalars.map((node) => filled(node).place),
      ...states,
      ...kernel.results.map((node) => slotOf(node, true).place),
    ];
    const list = memory.place(`arguments of ${name} %${region.nodes[0]}`, places.length);
    memory.ints(list).set(places.map(({ at }) => at));
    return { name: spec.name, list: list.at, row: 4 * sizeOf(shape) };
  };

  const runElementwise = (pass: Pass, region: Region, kernel: RegionKernel, states: readonly Place[]): void => {
    const { name, list, row } = prepareKernel(pass, region, kernel, states);
    const { reversed } = pass;
    for (let begin = 0; begin < row; begin += BLOCK_BYTES) {
      kernels[name](list, reversed ? row * (steps - 1) : 0, steps, reversed ? -row : row, begin, Math.min(row, begin + BLOCK_BYTES));
    }
  };

  /** Run a pass from these states; gives the states after it. */
  const execute = (pass: Pass, initial: readonly Float32Array[]): Float32Array[] => {
    const final = [...initial];
    for (const region of pass.regions) {
      if (region.kind === 'once') for (const node of region.nodes) runPlain(node, false);
      else if (region.kind === 'node') for (const node of region.nodes) runNode(node);
      else if (region.kind === 'shift') for (const k of region.states) final[k] = shift(pass, k, initial[k]);
      else if (region.kind === 'loop') loop(pass, region, initial, final);
      else {
        const places = region.states.map((k) => memory.place(`${pass.name} state ${k}`, initial[k].length));
        for (const [i, k] of region.states.entries()) memory.floats(places[i]).set(initial[k]);
        runElementwise(pass, region, pass.kernels.get(region) as RegionKernel, places);
        for (const [i, k] of region.states.entries()) final[k] = memory.floats(places[i]).slice();
      }
    }
    return final;
  };

  /** A state on no cycle: its computed values, one step late. Gives the last. */
  const shift = ({ schedule, reversed }: Pass, k: number, initial: Float32Array): Float32Array => {
    const { before, after } = schedule.states[k];
    const source = filled(after);
    const { place } = slotOf(before, true);
    const size = initial.length;
    const at = (t: number): Float32Array =>
      memory.floats(source.place).subarray(source.timed ? t * size : 0, source.timed ? (t + 1) * size : size);
    for (let t = 0; t < steps; t++) {
      const previous = reversed ? t + 1 : t - 1;
      memory.floats(place).set(previous < 0 || previous === steps ? initial : at(previous), t * size);
    }
    return at(reversed ? 0 : steps - 1).slice();
  };

  /** The part of a timed place that belongs to step t. */
  const rowOf = ({ place, shape, timed }: Slot, t: number): Place => {
    const length = sizeOf(shape);
    return { at: place.at + (timed ? 4 * t * length : 0), length };
  };

  /** One node of a loop at step t. */
  const runNodeAt = (node: number, t: number): void => {
    const { op, inputs, shape } = nodes[node];
    const given = inputs.map((x) => (typeof x === 'number' ? x : filled(x.node)));
    const [x, y] = given;
    const out = rowOf(slotOf(node, true), t);
    if (op === 'matmul' && shape.length === 2 && typeof x === 'object' && typeof y === 'object' && !y.timed) {
      const [rows, columns] = x.shape;
      products.multiplyChanging({ name: `%${x.node} step by step`, place: rowOf(x, t), rows, columns }, y.place, y.shape[1], out);
      return;
    }
    const operandsAt = given.map((slot) => (typeof slot === 'number' ? slot : plain.view(memory.floats(rowOf(slot, t)), slot.shape)));
    memory.floats(out).set(plain.readSync(callNode(plain, nodes[node], operandsAt)) as Float32Array);
  };

  /** A cycle with other than elementwise nodes, step by step: its elementwise parts as kernels, products as event lists or tiles. */
  const loop = (pass: Pass, region: Region, initial: readonly Float32Array[], final: Float32Array[]): void => {
    const { schedule, reversed } = pass;
    const parts = pass.parts.get(region) as readonly Region[];
    const before = region.states.map((k) => slotOf(schedule.states[k].before, true));
    for (const node of region.nodes) slotOf(node, true);
    const prepared = parts.map((part) =>
      part.kind === 'elementwise' ? prepareKernel(pass, part, pass.kernels.get(part) as RegionKernel, []) : null,
    );
    const first = reversed ? steps - 1 : 0;
    for (const [i, k] of region.states.entries()) memory.floats(rowOf(before[i], first)).set(initial[k]);
    for (let i = 0; i < steps; i++) {
      const t = reversed ? steps - 1 - i : i;
      for (const [j, part] of parts.entries()) {
        const kernel = prepared[j];
        if (kernel) kernels[kernel.name](kernel.list, kernel.row * t, 1, kernel.row, 0, kernel.row);
        else for (const node of part.nodes) runNodeAt(node, t);
      }
      for (const [j, k] of region.states.entries()) {
        const after = memory.floats(rowOf(filled(schedule.states[k].after), t));
        const next = reversed ? t - 1 : t + 1;
        if (next >= 0 && next < steps) memory.floats(rowOf(before[j], next)).set(after);
        else final[k] = after.slice();
      }
    }
  };

  /** The sum over all steps of a parameter's cotangent. */
  const total = (node: number): Float32Array => {
    const known = slots.get(node);
    if (known) {
      const { value, timed } = lifted(node);
      return plain.readSync(timed ? plain.sum(value, [0]) : plain.mul(value, steps)) as Float32Array;
    }
    const left = transposedOperand(plan, node);
    const [, right] = nodes[node].inputs;
    const g = typeof right === 'object' ? slots.get(right.node) : undefined;
    if (left === null || !g?.timed) return plain.readSync(sumOverTime(plain, nodes[node], operands(node), steps)) as Float32Array;
    const x = filled(left);
    const [m, k] = x.shape;
    const out = memory.place(`sum over time of %${node}`, sizeOf(nodes[node].shape));
    products.multiplyTransposed({ name: `%${left}`, place: x.place, rows: steps * m, columns: k }, g.place, g.shape[1], out);
    return memory.floats(out).slice();
  };

  const give = (node: number, timed: boolean, values: Float32Array): void => memory.floats(slotOf(node, timed).place).set(values);
  return {
    steps,
    get bytes() {
      return memory.bytes;
    },
    run(parameters, states, inputs) {
      products.run++;
      for (const [i, node] of traced.parameters.entries()) give(node, false, parameters[i]);
      give(traced.input, true, inputs);
      const final = execute(forward, states);
      const { timed, place } = filled(traced.output);
      const outputs = memory.floats(place).slice();
      return { outputs: timed ? outputs : repeat(outputs, steps), states: final };
    },
    pullback(outputs, states, wantInputs) {
      give(traced.outputCotangent, true, outputs);
      for (const [k, node] of traced.nextStateCotangents.entries()) {
        if (backward.schedule.states.some(({ before }) => before === node)) continue;
        const size = states[k].length;
        memory
          .floats(slotOf(node, true).place)
          .fill(0)
          .set(states[k], (steps - 1) * size);
      }
      const carried = plan.carried;
      const final = execute(
        wantInputs ? backward : ofParameters,
        carried.map((k) => states[k]),
      );
      const inputNode = wantInputs ? traced.inputCotangent : null;
      return {
        parameters: traced.parameterCotangents.map((node, i) =>
          node === null ? new Float32Array(sizeOf(nodes[traced.parameters[i]].shape)) : total(node),
        ),
        states: traced.states.map((node, k) =>
          carried.includes(k) ? final[carried.indexOf(k)] : new Float32Array(sizeOf(nodes[node].shape)),
        ),
        inputs: inputNode === null ? null : memory.floats(filled(inputNode).place).slice(),
      };
    },
  };

  function makePass(name: string, schedule: Schedule, skip: ReadonlySet<number>, reversed: boolean): Pass {
    const list = regions(schedule, skip);
    const made = new Map<Region, RegionKernel>();
    const parts = new Map<Region, readonly Region[]>();
    for (const [i, region] of list.entries()) {
      if (region.kind === 'elementwise') made.set(region, regionKernel(plan, schedule, list, region, `${name}${i}`));
      if (region.kind !== 'loop') continue;
      const inside = loopParts(schedule, region);
      parts.set(region, inside);
      // a part's results are read by other parts, by other regions, and by the next step
      const readers: Region[] = [
        ...list.filter((other) => other !== region),
        ...inside,
        { kind: 'loop', nodes: [], states: region.states },
      ];
      for (const [j, part] of inside.entries())
        if (part.kind === 'elementwise') made.set(part, regionKernel(plan, schedule, readers, part, `${name}${i}_${j}`));
    }
    return { name, schedule, regions: list, parts, kernels: made, reversed };
  }
}

/**
 * The parts of a loop. A kernel reads operands of its own shape; where a loop has values of several shapes that meet, its nodes run one by one.
 */
function loopParts(schedule: Schedule, region: Region): readonly Region[] {
  const { nodes } = schedule.program;
  const inside = new Set([...region.nodes, ...region.states.map((k) => schedule.states[k].before)]);
  const parts = partsOf(schedule, region);
  const meets = parts.some(
    (part) =>
      part.kind === 'elementwise' &&
      part.nodes.some((node) => operandsOf(nodes[node]).some((i) => inside.has(i) && !sameShape(nodes[i].shape, nodes[node].shape))),
  );
  return meets ? region.nodes.map((node) => ({ kind: 'node', nodes: [node], states: [] })) : parts;
}

const repeat = (x: Float32Array, times: number): Float32Array => {
  const all = new Float32Array(x.length * times);
  for (let i = 0; i < times; i++) all.set(x, i * x.length);
  return all;
};

/** If `node` is x^T g with the transposition of a timed matrix x: x. */
function transposedOperand({ traced, backward }: Plan, node: number): number | null {
  const { nodes } = traced.program;
  const { op, inputs, shape } = nodes[node];
  const [left] = inputs;
  if (op !== 'matmul' || shape.length !== 2 || typeof left !== 'object') return null;
  const turned = nodes[left.node];
  const [x] = turned.inputs;
  return turned.op === 'permute' && `${turned.attributes[0]}` === '1,0' && typeof x === 'object' && backward.changing.has(x.node)
    ? x.node
    : null;
}

/** Nodes of a backward pass that need not exist step by step: summed cotangents, and transpositions that only they read. */
function unneeded(plan: Plan, backward: Schedule): ReadonlySet<number> {
  const { summed, traced } = plan;
  const { nodes } = traced.program;
  const skip = new Set(summed);
  const all = backward.stages.flatMap((stage) => stage.nodes);
  const sums = [...summed].filter((node) => transposedOperand(plan, node) !== null);
  for (const node of all) {
    const readers = all.filter((i) => operandsOf(nodes[i]).includes(node));
    if (nodes[node].op === 'permute' && readers.length > 0 && readers.every((i) => sums.includes(i)) && !backward.wanted.includes(node))
      skip.add(node);
  }
  return skip;
}

/** The kernel of an elementwise region: its operands by how they vary, and what others read of it. */
function regionKernel({ traced, summed }: Plan, schedule: Schedule, list: readonly Region[], region: Region, name: string): RegionKernel {
  const { nodes } = traced.program;
  const before = region.states.map((k) => schedule.states[k].before);
  const inside = new Set([...region.nodes, ...before]);
  const { shape } = nodes[[...inside][0]];
  const after = region.states.map((k) => schedule.states[k].after);
  const outside = new Set([...region.nodes.flatMap((node) => operandsOf(nodes[node])), ...after].filter((node) => !inside.has(node)));
  const changing = [...outside].filter((node) => schedule.changing.has(node));
  const constant = [...outside].filter((node) => !schedule.changing.has(node));
  const read = new Set([...schedule.wanted, ...schedule.delayed.map((k) => schedule.states[k].after)]);
  for (const other of list) if (other !== region) for (const node of other.nodes) for (const i of operandsOf(nodes[node])) read.add(i);
  for (const other of list) if (other !== region) for (const k of other.states) read.add(schedule.states[k].after);
  for (const node of summed) for (const i of operandsOf(nodes[node])) read.add(i);
  const ref = (x: KernelRef | { readonly node: number }): KernelRef => (typeof x === 'object' ? `%${x.node}` : x);
  const fixed = constant.filter((node) => sizeOf(nodes[node].shape) > 1);
  const scalars = constant.filter((node) => sizeOf(nodes[node].shape) === 1);
  const results = [...inside].filter((node) => read.has(node));
  const names = (ids: readonly number[]): string[] => ids.map((node) => `%${node}`);
  return {
    shape,
    streams: changing,
    fixed,
    scalars,
    results,
    spec: {
      name,
      streams: names(changing),
      fixed: names(fixed),
      scalars: names(scalars),
      states: region.states.map((_, i) => ({ name: `%${before[i]}`, next: `%${after[i]}` })),
      operations: region.nodes.flatMap((node) => operationsOf(`%${node}`, nodes[node].op, nodes[node].inputs.map(ref))),
      results: names(results),
    },
  };
}

/** A node as operations of a kernel: itself, or what a derived operation is made of. */
function operationsOf(name: string, op: ProgramNode['op'], inputs: readonly KernelRef[]): KernelSpec['operations'] {
  if (!isDerived(op)) return [{ name, op: op as KernelOp, inputs }];
  const b = tracer(false);
  const x = b.input([1]);
  const program = removeDeadCode(simplify(b.program([DERIVED[op](b, x)])));
  const [output] = program.outputs;
  const refs = (i: number): KernelRef => (i === program.inputs[0] ? inputs[0] : i === output ? name : `${name}.${i}`);
  return program.nodes.flatMap((node, i) => {
    if (node.op === 'input') return [];
    return [
      { name: refs(i) as string, op: node.op as KernelOp, inputs: node.inputs.map((x) => (typeof x === 'number' ? x : refs(x.node))) },
    ];
  });
}
