/** Common subexpressions: of nodes that do the same to the same operands one is kept. Small constants with the same bits are one too. */
import type { Program } from '@snn/core';
import { rebuild } from './program.ts';

/** Constants longer than this are not compared. */
const LONGEST = 64;

export function mergeCommon(program: Program): Program {
  const known = new Map<string, number>();
  return rebuild(program, (node, emitted) => {
    if (node.op === 'input' || (node.op === 'constant' && (node.attributes[0] as number[]).length > LONGEST)) return node;
    const key = JSON.stringify([node.op, node.inputs.map(spell), (node.attributes as unknown[]).map(spellAll), node.shape, node.dtype]);
    const same = known.get(key);
    if (same !== undefined) return { node: same };
    known.set(key, emitted.length);
    return node;
  });
}

/** JSON that keeps -0, NaN and infinities apart. */
const spell = (x: unknown): unknown =>
  typeof x === 'number' && (Object.is(x, -0) || !Number.isFinite(x)) ? (Object.is(x, -0) ? '-0' : String(x)) : x;
const spellAll = (x: unknown): unknown => (Array.isArray(x) ? x.map(spell) : spell(x));
