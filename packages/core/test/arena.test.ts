import { plainCpu } from '@snn/backend-cpu';
import { describe, expect, test } from 'vitest';
import { arena, type CustomOp, sigmoid, stopGradient } from '../src/index.ts';

const disposed = expect.objectContaining({ code: 'disposed' });
const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('arena', () => {
  test('releases what was made and not kept', () => {
    const b = plainCpu();
    const a = arena(b);
    const x = a.fromData([1, 2], [2]);
    const kept = a.keep(a.add(a.mul(x, 3), 1));
    expect(b.memory().tensors).toBe(3);
    a.release();
    expect(b.memory().tensors).toBe(1);
    expect([...b.readSync(kept)]).toEqual([4, 7]);
    expect(() => b.add(x, 1)).toThrow(disposed);
  });

  test('keeps whole trees and gives them back', () => {
    const b = plainCpu();
    const a = arena(b);
    const state = { layers: [{ v: a.fromData([1], [1]), z: null }], name: 'lif' };
    expect(a.keep(state)).toBe(state);
    a.release();
    expect([...b.readSync(state.layers[0].v)]).toEqual([1]);
  });

  test('does not own what it is given', () => {
    const b = plainCpu();
    const x = b.fromData([1], [1]);
    const a = arena(b);
    a.add(x, 1);
    a.release();
    expect([...b.readSync(x)]).toEqual([1]);
  });

  test('release twice is harmless, and what is made later belongs to the next release', () => {
    const b = plainCpu();
    const a = arena(b);
    a.fromData([1], [1]);
    a.release();
    a.release();
    expect(b.memory().tensors).toBe(0);
    const late = a.fromData([2], [1]);
    expect([...b.readSync(late)]).toEqual([2]);
    a.release();
    expect(b.memory().tensors).toBe(0);
  });

  test('using an unkept result after release is a loud error that names the operation', async () => {
    const b = plainCpu();
    const a = arena(b);
    const x = a.fromData([1], [1]);
    a.release();
    expect(() => a.exp(x)).toThrow(/^exp: .*disposed/);
    await expect(a.read(x)).rejects.toEqual(disposed);
  });

  test('disposes at the end of a `using` block', () => {
    const b = plainCpu();
    {
      using a = arena(b);
      a.fromData([1], [1]);
      expect(b.memory().tensors).toBe(1);
    }
    expect(b.memory().tensors).toBe(0);
  });

  test('nested: what the inner one keeps belongs to the outer one', () => {
    const b = plainCpu();
    const outer = arena(b);
    const inner = arena(outer);
    const lost = inner.fromData([1], [1]);
    const kept = inner.keep(inner.add(lost, 1));
    inner.release();
    expect(b.memory().tensors).toBe(1);
    expect(() => outer.add(lost, 1)).toThrow(disposed);
    expect([...b.readSync(kept)]).toEqual([2]);
    outer.release();
    expect(b.memory().tensors).toBe(0);
  });

  test('jobs that take turns release their own tensors only', async () => {
    const b = plainCpu();
    const job = async (start: number) => {
      const a = arena(b);
      let x = a.fromData([start], [1]);
      for (let i = 0; i < 5; i++) {
        x = a.add(x, 1);
        await wait();
      }
      const result = a.keep(x);
      a.release();
      return result;
    };
    const results = await Promise.all([job(0), job(100), job(1000)]);
    expect(results.map((x) => b.readSync(x)[0])).toEqual([5, 105, 1005]);
    expect(b.memory().tensors).toBe(3);
  });

  test('fast paths and custom operations belong to it too', () => {
    const b = plainCpu();
    const x = b.fromData([1, 2, 0], [3]);
    const a = arena(b);
    a.native.oneHot?.(x, 3);
    sigmoid(a, x);
    stopGradient(a, x);
    a.release();
    expect(b.memory().tensors).toBe(1);
  });

  test('a custom operation that returns its input does not give it away', () => {
    const b = plainCpu();
    const same: CustomOp = { name: 'same', forward: (_, x) => x, vjp: (_, g) => [g] };
    const x = b.fromData([1], [1]);
    const a = arena(b);
    a.customGrad(same, x);
    a.release();
    expect([...b.readSync(x)]).toEqual([1]);
  });

  test('a custom operation that fails leaves nothing behind', () => {
    const b = plainCpu();
    const failing: CustomOp = {
      name: 'failing',
      forward(c, x) {
        c.add(c.exp(x), 1);
        throw new Error('no');
      },
      vjp: () => [null],
    };
    const x = b.fromData([1], [1]);
    expect(() => b.customGrad(failing, x)).toThrow('no');
    expect(b.memory().tensors).toBe(1);
    // and what follows is not taken for its temporaries
    const y = b.add(x, 1);
    expect([...b.readSync(y)]).toEqual([2]);
  });

  test('a custom operation made of others and of fast paths leaves its result only', () => {
    const b = plainCpu();
    const outer: CustomOp = {
      name: 'outer',
      forward: (c, x) => c.add(sigmoid(c, c.mul(x, 2)), sigmoid(c, x)),
      vjp: () => [null],
    };
    const x = b.fromData([1], [1]);
    const y = b.customGrad(outer, x);
    expect(b.memory().tensors).toBe(2);
    expect(b.readSync(y)[0]).toBeCloseTo(1 / (1 + Math.exp(-2)) + 1 / (1 + Math.exp(-1)), 6);
  });
});
