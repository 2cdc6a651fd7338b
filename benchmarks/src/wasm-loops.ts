/**
 * Loops written as WebAssembly bytes, for the peaks of the machine. Each function takes four integers and has its own meaning for them; memory is
 * imported as `env.memory`. Instruction codes: WebAssembly core specification 2.0, section 5.4.
 */

/** One function: how many locals of each kind it has, and its instructions. */
export interface Loop {
  /** Vectors, numbered from 4: parameters come first. */
  readonly vectors: number;
  readonly code: readonly number[];
}

/** Bytes that the triad moves forward per turn, in each array. */
export const TRIAD_STEP = 64;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push((left & 127) | (left > 127 ? 128 : 0));
    left >>>= 7;
  } while (left > 0);
  return bytes;
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly (readonly number[])[]): number[] => [
  id,
  ...sized([...unsigned(items.length), ...items.flat()]),
];
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);

const [I32, V128] = [0x7f, 0x7b];
const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
// signed LEB128 needs one more bit for values from 64 on
const i32 = (value: number): number[] => [0x41, ...(value < 64 ? [value] : [(value & 127) | 128, value >> 7])];
const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
const f32 = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
const splat = (value: number): number[] => [...f32(value), ...simd(0x13)];
const load = (local: number, offset: number): number[] => [...get(local), ...simd(0x00), 4, ...unsigned(offset)];
const store = (offset: number): number[] => [...simd(0x0b), 4, ...unsigned(offset)];
const add = simd(0xe4);
const multiply = simd(0xe6);
const advance = (local: number, by: number): number[] => [...get(local), ...i32(by), 0x6a, ...set(local)];
/** `body` as long as `counter`, which `step` is taken from after each turn, is not 0. */
const loop = (counter: number, step: number, body: readonly number[]): number[] => [
  ...[0x03, 0x40, ...body],
  ...[...get(counter), ...i32(step), 0x6b, 0x22, ...unsigned(counter), 0x0d, 0x00, 0x0b],
];

/**
 * (turns, address): each turn adds, to each of `sums` vectors, half of a vector of its own from memory at the address, as a tile of a product does:
 * a sum waits for its last addition only. The total is stored at address 0, so that nothing is optimised away.
 */
export function multiplyAdd(sums: number): Loop {
  const factor = 4 + sums;
  const each = Array.from({ length: sums }, (_, i) => 4 + i);
  const turn = each.flatMap((x, i) => [...get(x), ...load(1, 16 * i), ...get(factor), ...multiply, ...add, ...set(x)]);
  const total = each.flatMap((x, i) => [...get(x), ...(i > 0 ? add : [])]);
  return {
    vectors: sums + 1,
    code: [...splat(0.5), ...set(factor), ...loop(0, 1, turn), ...i32(0), ...total, ...store(0)],
  };
}

/** (a, b, c, bytes): a = b + 0.5 c over arrays at these addresses. `bytes` is a multiple of `TRIAD_STEP`. */
export function triad(): Loop {
  const offsets = Array.from({ length: TRIAD_STEP / 16 }, (_, i) => 16 * i);
  const turn = offsets.flatMap((at) => [...get(0), ...load(1, at), ...load(2, at), ...get(4), ...multiply, ...add, ...store(at)]);
  const ends = [0, 1, 2].flatMap((local) => advance(local, TRIAD_STEP));
  return { vectors: 1, code: [...splat(0.5), ...set(4), ...loop(3, TRIAD_STEP, [...turn, ...ends])] };
}

/** A module that exports the functions as f0, f1, ... */
export function moduleOf(loops: readonly Loop[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 4, I32, I32, I32, I32, 0]]),
    ...section(2, [[...name('env'), ...name('memory'), 2, 0, 1]]),
    ...section(
      3,
      loops.map(() => [0]),
    ),
    ...section(
      7,
      loops.map((_, i) => [...name(`f${i}`), 0, i]),
    ),
    ...section(
      10,
      loops.map(({ vectors, code }) => sized([1, ...unsigned(vectors), V128, ...code, 0x0b])),
    ),
  ]);
}
