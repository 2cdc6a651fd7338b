/**
 * Runs the passes of a plan: lays its values out in the engine's memory, hands tensors in and out without copying where they live there, and calls
 * the passes for the segments of a gradient strategy. Results have the bits of the reference executor on the plain tier, which tests check with ===.
 */
import { callNode, type Lifted, lift, type Plan, segmentsOf } from '@snn/compile';
import { elementwise } from '@snn/compile/wasm';
import { arena, type Backend, type GradientStrategy, type StepGradients, type StepStream, sizeOf } from '@snn/core';
import type { PlainCpu } from '../plain.ts';
import { type CpuTensor, floatsOf, type Storage } from '../storage.ts';
import { SLOT_WORDS } from './commands.ts';
import { listBytes, passFunction } from './driver.ts';
import type { Engine, Instance } from './engine.ts';
import { layOut } from './layout.ts';
import { lifetimesOf, type Pass } from './pass.ts';
import { buildProgram, type CompiledProgram } from './program.ts';
import type { HostWork, Table } from './table.ts';

/** A chunk of steps is so long that a thread's part of its largest row array has about this many bytes: it stays in the second-level cache. */
const CHUNK_BYTES = 2 ** 18;
/** Least work of a pass, in operations on four numbers, for which threads are worth waking. */
const PARALLEL_WORK = 1_000_000;

/** A plan compiled for a number of steps, with its memory. */
export class CompiledPlan {
  readonly #engine: Engine;
  readonly #plain: PlainCpu;
  readonly #plan: Plan;
  readonly #steps: number;
  readonly #gradient: GradientStrategy;
  readonly #segment: number;
  readonly #table: Table;
  readonly #passes: readonly Pass[];
  readonly #chunks: readonly number[];
  readonly #instance: Instance & { readonly module: WebAssembly.Module };
  readonly #slots: CompiledProgram['places'];
  readonly #once: readonly number[];
  /** Blocks of memory that are given back at the end. */
  readonly #blocks: number[] = [];
  readonly #addresses: number[] = [];
  readonly #tableAt: number;
  /** Bytes at the beginning of the scratch that hold lists of addresses. */
  readonly #lists: number;
  readonly #scratch: { readonly at: number; readonly bytes: number };
  /** Copies of tensors that live outside the memory, by slot. */
  readonly #copies = new Map<number, number>();
  /** Handles whose values the slots of parameters hold. */
  #parameters: readonly CpuTensor[] | null = null;
  #held: Storage[] = [];
  #starts: Float32Array[][] = [];

  constructor(engine: Engine, plain: PlainCpu, plan: Plan, steps: number, gradient: GradientStrategy) {
    this.#engine = engine;
    this.#plain = plain;
    this.#plan = plan;
    this.#steps = steps;
    this.#gradient = gradient;
    this.#segment = gradient.kind === 'checkpoint' ? Math.min(gradient.steps, steps) : steps;

    const { table, passes, places, once } = buildProgram(plan, gradient);
    this.#table = table;
    this.#passes = passes;
    this.#slots = places;
    this.#once = once;
    const lists = listBytes(this.#passes);
    this.#lists = lists;
    this.#instance = engine.instance(
      [...this.#passes.flatMap(({ kernels }) => kernels.map(elementwise)), ...this.#passes.map((pass) => passFunction(pass, table, lists))],
      (task, first, count, inside) => this.#host(task, first, count, inside),
    );
    this.#chunks = this.#passes.map((pass) => this.#chunkOf(pass));
    this.#tableAt = this.#block('the table of a compiled program', 4 * (table.words.length + SLOT_WORDS * table.slots.length));
    const bytes = lists + Math.ceil((table.scratch + 64) / 64) * 64;
    this.#scratch = { at: this.#block('scratch', bytes * Math.max(1, engine.wanted)), bytes };
    this.#layOut();
  }

  /** Wait until the threads have the program, if it is large enough to gain from them. */
  async ready(): Promise<void> {
    const { id, module } = this.#instance;
    if (this.#passes.some((pass) => this.#parallel(pass)))
      await this.#engine.threads.add({ id, module, passes: this.#passes.map(({ name }) => name) });
  }

  /** Threads that run the program. */
  get threads(): number {
    return this.#passes.some((pass) => this.#parallel(pass)) ? this.#engine.threads.count(this.#instance.id) : 1;
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.#blocks.reduce((total, at) => total + this.#engine.memory.bytesAt(at), 0);
  }

  #parallel(pass: Pass): boolean {
    return pass.work * this.#segment > PARALLEL_WORK;
  }

  #block(name: string, bytes: number): number {
    const at = this.#engine.memory.allocate(name, bytes);
    this.#blocks.push(at);
    return at;
  }

  /** Steps of a chunk: as many as the caches of its threads take. */
  #chunkOf(pass: Pass): number {
    const { slots } = this.#table;
    const rows = [...pass.lifetimes.keys()].map((id) => (slots[id].span === 'chunk' ? 4 * slots[id].size : 0));
    const largest = Math.max(0, ...rows);
    if (largest === 0) return this.#segment;
    const threads = this.#parallel(pass) ? this.#engine.wanted : 1;
    return Math.max(1, Math.min(this.#segment, Math.floor((threads * CHUNK_BYTES) / largest)));
  }

  #fixedSlot(node: number): number {
    return this.#table.fixed(node, this.#plan.traced.program.nodes[node]);
  }

  /** Give every slot its address, and write the table. */
  #layOut(): void {
    const { slots, words } = this.#table;
    const temporaries = this.#passes.map((pass, i) => layOut(lifetimesOf(this.#table, pass, this.#chunks[i])));
    const shared = this.#block('temporaries of a compiled program', Math.max(0, ...temporaries.map(({ bytes }) => bytes)));
    for (const { offsets } of temporaries) for (const [id, at] of offsets) this.#addresses[id] = shared + at;
    for (const { id, name, size, span, external } of slots) {
      if (external !== 'no') this.#addresses[id] = 0;
      else if (span === 'fixed' || span === 'all') this.#addresses[id] = this.#block(name, 4 * size * (span === 'all' ? this.#segment : 1));
    }
    const { ints } = this.#engine.memory;
    const at = this.#tableAt / 4;
    ints.set(words, at);
    for (const { id, size } of slots) {
      ints[at + words.length + SLOT_WORDS * id] = this.#addresses[id];
      ints[at + words.length + SLOT_WORDS * id + 1] = 4 * size;
    }
    const { nodes } = this.#plan.traced.program;
    for (const [node, slot] of this.#table.lasting)
      if (nodes[node].op === 'constant') this.#view(slot).set(nodes[node].attributes[0] as number[]);
  }

  #view(slot: number, count = 1, first = 0): Float32Array {
    const { size } = this.#table.slots[slot];
    return this.#engine.memory.view(this.#addresses[slot] + 4 * size * first, count * size);
  }

  /** Tell the passes where a slot lies now. */
  #point(slot: number, address: number): void {
    this.#addresses[slot] = address;
    this.#engine.memory.ints[this.#tableAt / 4 + this.#table.words.length + SLOT_WORDS * slot] = address;
  }

  /** Make a slot that of a caller's array: where it lies, or a copy. */
  #give(slot: number, name: string, data: Float32Array): void {
    if (this.#engine.memory.holds(data)) this.#point(slot, data.byteOffset);
    else {
      this.#point(slot, this.#copyPlace(slot, name, data.length));
      this.#engine.memory.view(this.#addresses[slot], data.length).set(data);
    }
  }

  #copyPlace(slot: number, name: string, length: number): number {
    const known = this.#copies.get(slot);
    if (known !== undefined) return known;
    const at = this.#block(name, 4 * length);
    this.#copies.set(slot, at);
    return at;
  }

  /** An array for a result, and its slot pointed there, or to a place from which `taken` copies it. */
  #result(slot: number, length: number): Float32Array {
    const data = this.#plain.heap.floats(length);
    if (this.#engine.memory.holds(data)) this.#point(slot, data.byteOffset);
    else this.#point(slot, this.#copyPlace(slot, this.#table.slots[slot].name, length));
    return data;
  }
  #taken(slot: number, data: Float32Array): Float32Array {
    if (!this.#engine.memory.holds(data)) data.set(this.#engine.memory.view(this.#addresses[slot], data.length));
    return data;
  }

  #copyOf(view: Float32Array): Float32Array {
    const data = this.#plain.heap.floats(view.length);
    data.set(view);
    return data;
  }

  /** Compute what depends on the parameters alone, unless they are the same handles as before. */
  #setParameters(parameters: readonly CpuTensor[]): void {
    const before = this.#parameters;
    if (before && parameters.every((x, i) => x === before[i])) return;
    const { traced } = this.#plan;
    for (const [i, node] of traced.parameters.entries())
      this.#give(this.#fixedSlot(node), traced.parameterNames[i], floatsOf(parameters[i]));
    const { nodes } = traced.program;
    const scope = arena<CpuTensor>(this.#plain);
    for (const node of this.#once) {
      const to = this.#fixedSlot(node);
      const { op, inputs, attributes } = nodes[node];
      const [x] = inputs;
      if (op === 'permute' && `${attributes[0]}` === '1,0' && typeof x === 'object') {
        const [rows, columns] = nodes[x.node].shape;
        this.#engine.fixed.transpose(this.#addresses[this.#fixedSlot(x.node)], rows, columns, this.#addresses[to]);
        continue;
      }
      const operands = inputs.map((y) =>
        typeof y === 'number' ? y : this.#plain.view(this.#view(this.#fixedSlot(y.node)), nodes[y.node].shape),
      );
      this.#put(to, 0, callNode(scope, nodes[node], operands));
    }
    for (const { operands, to, repeated } of this.#table.repeats) {
      const [x] = operands as readonly { readonly slot: number; readonly shape: readonly number[] }[];
      this.#put(to, 0, scope.broadcast(this.#plain.view(this.#view(x.slot), x.shape), repeated as readonly number[]));
    }
    scope.release();
    for (const { from, to, k, n } of this.#table.packs)
      this.#engine.fixed.packMatrix(this.#addresses[from], k, n, this.#addresses[to], this.#scratch.at + this.#lists);
    this.#parameters = parameters;
  }

  /** Keep a result of the plain tier in a slot, from row `first` on. */
  #put(slot: number, first: number, x: CpuTensor): void {
    const data = floatsOf(x);
    const { size } = this.#table.slots[slot];
    this.#view(slot, data.length / size, first).set(data);
  }

  /**
   * What passes leave to the plain tier: a node, or a value repeated, for the chunk of `count` steps that begins at step `first`, or for one step
   * of it inside a loop: number `inside`, else -1.
   */
  #host(task: number, first: number, count: number, inside: number): void {
    const work: HostWork = this.#table.host[task];
    const { slots } = this.#table;
    const inLoop = inside >= 0;
    const steps = inLoop ? 1 : count;
    const rowOf = (slot: number): number => {
      const { span, external } = slots[slot];
      const offset = Math.max(0, inside);
      if (external === 'whole' || span === 'fixed' || span === 'row') return 0;
      return span === 'all' ? first + offset : offset;
    };
    const operands = work.operands.map((x): number | Lifted<CpuTensor> => {
      if (typeof x === 'number') return x;
      const timed = x.timed && !inLoop;
      const shape = timed ? [steps, ...x.shape] : x.shape;
      return { value: this.#plain.view(this.#view(x.slot, timed ? steps : 1, rowOf(x.slot)), shape), timed };
    });
    const scope = arena<CpuTensor>(this.#plain);
    this.#put(work.to, rowOf(work.to), this.#computed(scope, work, operands, steps, inLoop));
    scope.release();
  }

  #computed(
    scope: Backend<CpuTensor>,
    { node, repeated }: HostWork,
    operands: readonly (number | Lifted<CpuTensor>)[],
    steps: number,
    inLoop: boolean,
  ): CpuTensor {
    if (repeated) {
      const [{ value, timed }] = operands as readonly Lifted<CpuTensor>[];
      const own = timed ? value.shape.slice(1) : value.shape;
      const ones = new Array<number>(repeated.length - own.length).fill(1);
      return scope.broadcast(timed ? scope.reshape(value, [steps, ...ones, ...own]) : value, [...(inLoop ? [] : [steps]), ...repeated]);
    }
    const { nodes } = this.#plan.traced.program;
    if (!inLoop) return lift(scope, nodes[node], operands, steps).value;
    return callNode(
      scope,
      nodes[node],
      operands.map((x) => (typeof x === 'number' ? x : x.value)),
    );
  }

  #passNamed(name: string): Pass {
    return this.#passes.find((pass) => pass.name === name) as Pass;
  }

  /** Run a pass over steps `from` to `to` of a segment. */
  #run(pass: Pass, from: number, to: number): void {
    const index = this.#passes.indexOf(pass);
    this.#engine.run(this.#instance, index, pass.name, this.#parallel(pass), {
      table: this.#tableAt,
      begin: from,
      end: to,
      chunk: this.#chunks[index],
      scratch: this.#scratch.at,
      scratchBytes: this.#scratch.bytes,
    });
  }

  /** Shift what the caller gave so that step 0 of a segment is its step `first`. */
  #shiftTo(addresses: ReadonlyMap<number, number>, first: number): void {
    for (const [slot, at] of addresses) this.#point(slot, at + 4 * this.#table.slots[slot].size * first);
  }

  #hold(tensors: readonly CpuTensor[]): void {
    for (const x of tensors) this.#held.push(this.#plain.heap.hold(x));
  }

  /** Let go of the tensors of the last run. */
  #letGo(): void {
    for (const storage of this.#held.splice(0)) this.#plain.heap.letGo(storage);
  }

  run(
    parameters: readonly CpuTensor[],
    states: readonly CpuTensor[],
    inputs: CpuTensor,
  ): { readonly outputs: CpuTensor; readonly states: readonly CpuTensor[] } {
    const { traced } = this.#plan;
    const { nodes } = traced.program;
    this.#letGo();
    this.#setParameters(parameters);
    this.#give(this.#slots.inputs, 'inputs', floatsOf(inputs));
    const pass = this.#passes[0];
    const { shape } = nodes[traced.output];
    const data = this.#result(this.#slots.outputs, this.#steps * sizeOf(shape));
    for (const [k, slot] of pass.states.entries()) this.#view(slot).set(floatsOf(states[k]));
    this.#starts = [];
    if (this.#gradient.kind !== 'checkpoint') this.#run(pass, 0, this.#steps);
    else {
      const bound = this.#bound();
      for (const { from, to } of segmentsOf(this.#gradient, this.#steps)) {
        this.#starts.push(pass.states.map((slot) => this.#view(slot).slice()));
        this.#shiftTo(bound, from);
        this.#run(pass, 0, to - from);
      }
      this.#shiftTo(bound, 0);
    }
    const changing = pass.schedule.changing.has(traced.output);
    if (!changing) {
      const row = this.#view(this.#fixedSlot(traced.output));
      for (let t = 0; t < this.#steps; t++) data.set(row, t * row.length);
    } else this.#taken(this.#slots.outputs, data);
    const final = pass.states.map((slot, k) => this.#plain.adopt(this.#copyOf(this.#view(slot)), nodes[traced.states[k]].shape));
    const outputs = this.#plain.adopt(data, [this.#steps, ...shape]);
    this.#hold([...parameters, inputs, outputs]);
    return { outputs, states: final };
  }

  /** Where what the caller gave or gets at every step lies. */
  #bound(): Map<number, number> {
    const { inputs, outputs, g, inputGradient } = this.#slots;
    return new Map([inputs, outputs, g, inputGradient].flatMap((slot) => (slot < 0 ? [] : [[slot, this.#addresses[slot]] as const])));
  }

  /** Gradients of sum <outputs, g> + sum_k <states_k, h_k> at the last run. */
  pullback(g: CpuTensor, h: readonly CpuTensor[], wantInputs: boolean): StepGradients<CpuTensor> {
    const { traced, carried } = this.#plan;
    const { nodes } = traced.program;
    const pass = this.#passNamed(wantInputs ? 'backward' : 'ofParameters');
    this.#give(this.#slots.g, 'gradient of the outputs', floatsOf(g));
    const wanted = wantInputs && traced.inputCotangent !== null;
    const { shape: inputShape } = nodes[traced.input];
    const inputData = wanted ? this.#result(this.#slots.inputGradient, this.#steps * sizeOf(inputShape)) : null;
    const parameterData = traced.parameters.map((node, i) => {
      const slot = pass.totals[i];
      const data = slot === null ? this.#plain.heap.floats(sizeOf(nodes[node].shape)) : this.#result(slot, sizeOf(nodes[node].shape));
      if (slot === null) data.fill(0);
      else this.#view(slot).fill(0);
      return data;
    });
    for (const [i, slot] of pass.states.entries()) this.#view(slot).set(floatsOf(h[carried[i]]));

    const bound = this.#bound();
    const segments = segmentsOf(this.#gradient, this.#steps);
    const again = this.#gradient.kind === 'checkpoint';
    for (const [j, { from, to }] of [...segments.entries()].reverse()) {
      const last = j === segments.length - 1;
      for (const [k, slot] of this.#slots.silent.entries()) {
        if (slot < 0) continue;
        const rows = this.#view(slot, this.#segment);
        if (last || again) rows.fill(0);
        if (last) rows.set(floatsOf(h[k]), (to - 1 - (again ? from : 0)) * this.#table.slots[slot].size);
      }
      if (again) {
        this.#shiftTo(bound, from);
        const recording = this.#passNamed('recording');
        for (const [k, slot] of recording.states.entries()) this.#view(slot).set(this.#starts[j][k]);
        this.#run(recording, 0, to - from);
        this.#run(pass, 0, to - from);
      } else {
        if (!last) for (const slot of pass.states) this.#view(slot).fill(0);
        this.#run(pass, from, to);
      }
    }
    if (again) this.#shiftTo(bound, 0);

    const tensor = (data: Float32Array, shape: readonly number[]): CpuTensor => this.#plain.adopt(data, shape);
    return {
      parameters: parameterData.map((data, i) => {
        const slot = pass.totals[i];
        const node = traced.parameterCotangents[i];
        const { shape } = nodes[traced.parameters[i]];
        if (slot !== null) return tensor(this.#taken(slot, data), shape);
        if (node !== null) this.#constantTotal(node, data);
        return tensor(data, shape);
      }),
      states: traced.states.map((node, k) => {
        const at = carried.indexOf(k);
        const { shape } = nodes[node];
        return tensor(at < 0 ? this.#plain.heap.floats(sizeOf(shape)).fill(0) : this.#copyOf(this.#view(pass.states[at])), shape);
      }),
      inputs: wantInputs
        ? tensor(inputData ? this.#inputGradient(pass, inputData) : this.#plain.heap.floats(this.#steps * sizeOf(inputShape)).fill(0), [
            this.#steps,
            ...inputShape,
          ])
        : null,
    };
  }

  #inputGradient(pass: Pass, data: Float32Array): Float32Array {
    const { inputCotangent } = this.#plan.traced;
    if (inputCotangent === null || pass.schedule.changing.has(inputCotangent)) return this.#taken(this.#slots.inputGradient, data);
    return data.fill(0);
  }

  /** The sum over all steps of a cotangent that is the same at each, added up step by step. */
  #constantTotal(node: number, data: Float32Array): void {
    const row = this.#view(this.#fixedSlot(node));
    for (let t = 0; t < this.#steps; t++) for (let i = 0; i < data.length; i++) data[i] += row[i];
  }

  /** A run one step at a time: each call runs the pass on the same places. */
  stream(parameters: readonly CpuTensor[], states: readonly CpuTensor[]): StepStream {
    const { traced } = this.#plan;
    const [pass] = this.#passes;
    const place = (slot: number, node: number): number => {
      const { size, name } = this.#table.slots[slot];
      this.#point(slot, this.#copyPlace(slot, name, size));
      if (!pass.schedule.changing.has(node)) this.#view(slot).set(this.#view(this.#fixedSlot(node)));
      return slot;
    };
    this.#letGo();
    this.#setParameters(parameters);
    const { inputs, outputs } = this.#slots;
    const [from, to] = [place(inputs, traced.input), place(outputs, traced.output)];
    for (const [k, slot] of pass.states.entries()) this.#view(slot).set(floatsOf(states[k]));
    this.#hold(parameters);
    const { memory, threads } = this.#engine;
    const run = this.#instance.functions[pass.name];
    const [table, scratch, { control }] = [this.#tableAt, this.#scratch.at, threads];
    let [input, output] = [this.#view(from), this.#view(to)];
    const [fromAt, toAt, inputLength, outputLength] = [input.byteOffset, output.byteOffset, input.length, output.length];
    return {
      // views of a memory that is not shared become stale when it grows
      get input() {
        if (input.length === 0) input = memory.view(fromAt, inputLength);
        return input;
      },
      get output() {
        if (output.length === 0) output = memory.view(toAt, outputLength);
        return output;
      },
      step: () => {
        run(table, 0, 1, 1, 0, 1, control, scratch);
      },
    };
  }

  dispose(): void {
    this.#letGo();
    for (const at of this.#blocks.splice(0)) this.#engine.memory.free(at);
  }
}
