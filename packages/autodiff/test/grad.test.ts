import { reference } from '@snn/backend-conformance';
import { plainCpu } from '@snn/backend-cpu';
import { type CustomOp, linear, mean, sigmoid, softmax, square, stopGradient, sumAll, tanh } from '@snn/core';
import { describe, expect, test } from 'vitest';
import { autodiff, grad, gradcheck, valueAndGrad, vjp } from '../src/index.ts';

const argument = expect.objectContaining({ code: 'argument' });

describe('valueAndGrad', () => {
  test('gives the value, a gradient like the parameters, and the auxiliary tree', () => {
    const b = plainCpu();
    const parameters = { layer: { w: b.fromData([2, 3], [2]) }, bias: [b.fromData([1], [])] };
    const [loss, gradient, auxiliary] = valueAndGrad(
      b,
      (ad, p, x) => {
        const y = ad.add(sumAll(ad, ad.mul(p.layer.w, x)), p.bias[0]);
        return [square(ad, y), { y, steps: 3 }] as const;
      },
      parameters,
      b.fromData([10, 100], [2]),
    );
    expect(b.readSync(loss)[0]).toBe(321 ** 2);
    expect([...b.readSync(gradient.layer.w)]).toEqual([2 * 321 * 10, 2 * 321 * 100]);
    expect([...b.readSync(gradient.bias[0])]).toEqual([2 * 321]);
    expect(b.readSync(auxiliary.y)[0]).toBe(321);
    expect(auxiliary.steps).toBe(3);
  });

  test('gives zeros for parameters that the loss does not depend on', () => {
    const b = plainCpu();
    const p = { used: b.fromData([2], [1]), unused: b.fromData([1, 2, 3, 4], [2, 2]), stopped: b.fromData([5], [1]) };
    const g = grad(b, (ad, { used, stopped }) => sumAll(ad, ad.mul(used, stopGradient(ad, stopped))), p);
    expect([...b.readSync(g.used)]).toEqual([5]);
    expect(g.unused.shape).toEqual([2, 2]);
    expect([...b.readSync(g.unused)]).toEqual([0, 0, 0, 0]);
    expect([...b.readSync(g.stopped)]).toEqual([0]);
  });

  test('a loss that depends on nothing has zero gradients', () => {
    const b = plainCpu();
    const [loss, g] = valueAndGrad(b, (ad) => ad.fromData([7], []), { w: b.fromData([1, 2], [2]) });
    expect(b.readSync(loss)[0]).toBe(7);
    expect([...b.readSync(g.w)]).toEqual([0, 0]);
  });

  test('the loss may be a parameter itself', () => {
    const b = plainCpu();
    const w = b.fromData([3], []);
    const [loss, g] = valueAndGrad(b, (_, p) => p, w);
    b.dispose(loss);
    b.dispose(g);
    expect(b.readSync(w)[0]).toBe(3);
  });

  test('gradients of equal parameters are handles of their own', () => {
    const b = plainCpu();
    const p = { x: b.fromData([1], [1]), y: b.fromData([2], [1]) };
    const g = grad(b, (ad, { x, y }) => sumAll(ad, ad.add(x, y)), p);
    b.dispose(g.x);
    expect([...b.readSync(g.y)]).toEqual([1]);
  });

  test('one tensor in two places of the parameters has a gradient for each', () => {
    const b = plainCpu();
    const shared = b.fromData([3], [1]);
    const g = grad(b, (ad, { x, y }) => sumAll(ad, ad.mul(ad.mul(x, x), y)), { x: shared, y: shared });
    expect([b.readSync(g.x)[0], b.readSync(g.y)[0]]).toEqual([18, 9]);
  });

  test('refuses a loss that is no scalar and names its shape', () => {
    const b = plainCpu();
    const w = b.fromData([1, 2], [2]);
    expect(() => valueAndGrad(b, (ad, p) => ad.exp(p), w)).toThrow(argument);
    expect(() => grad(b, (ad, p) => ad.exp(p), w)).toThrow(/\[2\]/);
    expect(() => grad(b, (ad, p) => ad.reshape(sumAll(ad, p), [1]), w)).toThrow(argument);
  });

  test('refuses parameters that are not float32', () => {
    const b = plainCpu();
    const dtype = expect.objectContaining({ code: 'dtype' });
    expect(() => grad(b, (ad, p) => sumAll(ad, p), b.fromData([1], [1], 'int32'))).toThrow(dtype);
    expect(() => grad(b, (ad, p) => sumAll(ad, p.mask), { w: b.fromData([1], [1]), mask: b.fromData([1], [1], 'bool') })).toThrow(dtype);
    // as constants they are welcome
    const g = grad(b, (ad, p, labels) => sumAll(ad, ad.mul(p, labels)), b.fromData([1, 1], [2]), b.fromData([3, 4], [2], 'int32'));
    expect([...b.readSync(g)]).toEqual([3, 4]);
  });

  test('leaves nothing behind but its results', () => {
    const b = plainCpu();
    const p = { w: b.fromData([0.1, -0.2, 0.3, 0.4], [2, 2]), bias: b.fromData([0, 0], [2]), unused: b.fromData([1], [1]) };
    const x = b.fromData([1, 2, 3, 4, 5, 6], [3, 2]);
    const before = b.memory();
    for (let i = 0; i < 3; i++) {
      const [loss, g, y] = valueAndGrad(
        b,
        (ad, { w, bias }, input) => {
          const out = softmax(ad, tanh(ad, sigmoid(ad, linear(ad, input, w, bias))));
          return [sumAll(ad, mean(ad, square(ad, out))), out] as const;
        },
        p,
        x,
      );
      expect(b.memory().tensors).toBe(before.tensors + 5);
      for (const t of [loss, g.w, g.bias, g.unused, y]) b.dispose(t);
    }
    expect(b.memory()).toEqual(before);
  });

  test('leaves nothing behind when the function throws', () => {
    const b = plainCpu();
    const w = b.fromData([1, 2], [2]);
    const before = b.memory();
    const failing = (): unknown =>
      grad(
        b,
        (ad, p) => {
          ad.exp(ad.add(p, 1));
          throw new Error('no');
        },
        w,
      );
    expect(failing).toThrow('no');
    expect(() => grad(b, (ad, p) => ad.exp(p), w)).toThrow(argument);
    expect(b.memory()).toEqual(before);
  });

  test('nested, leaves nothing behind but its results', () => {
    const b = plainCpu();
    const w = b.fromData([0.5, 2], [2]);
    const before = b.memory().tensors;
    // d/dw sum((d/dw sum w^3)^2) = d/dw sum 9 w^4 = 36 w^3
    const g = grad(
      b,
      (ad, p) =>
        sumAll(
          ad,
          square(
            ad,
            grad(ad, (inner, q) => sumAll(inner, inner.mul(inner.mul(q, q), q)), p),
          ),
        ),
      w,
    );
    expect([...b.readSync(g)]).toEqual([36 * 0.125, 36 * 8]);
    expect(b.memory().tensors).toBe(before + 1);
  });
});

describe('vjp', () => {
  test('pulls one cotangent per tensor of the output back', () => {
    const b = plainCpu();
    const x = b.fromData([2, 3], [2]);
    const { output, pullback } = vjp(b, (ad, p) => ({ square: ad.mul(p, p), total: sumAll(ad, p) }), x);
    expect([...b.readSync(output.square)]).toEqual([4, 9]);
    const g = pullback([b.fromData([1, 10], [2]), b.fromData([100], [])]);
    expect([...b.readSync(g)]).toEqual([104, 160]);
    // again, with others: nothing was used up
    expect([...b.readSync(pullback([b.fromData([0, 0], [2]), b.fromData([1], [])]))]).toEqual([1, 1]);
    expect(() => pullback([b.fromData([1], [])])).toThrow(argument);
  });
});

describe('customGrad', () => {
  const spike: CustomOp = {
    name: 'spike',
    forward: (b, x) => b.gt(x, 0),
    vjp: (b, g, [x]) => [b.mul(g, b.div(1, square(b, b.add(1, b.max(x, b.mul(x, -1))))))],
  };

  test('the declared derivative is used, not that of the forward', () => {
    const b = plainCpu();
    const g = grad(b, (ad, x) => sumAll(ad, ad.mul(ad.customGrad(spike, x), 3)), b.fromData([-1, 0, 3], [3]));
    expect([...b.readSync(g)]).toEqual([0.75, 3, 0.1875]);
  });

  test('the second derivative is that of the declared one', () => {
    // d/dx (1 + |x|)^-2 = -2 (1 + x)^-3 for x > 0
    const b = reference();
    const g = grad(
      b,
      (ad, x) =>
        sumAll(
          ad,
          grad(ad, (inner, y) => sumAll(inner, inner.customGrad(spike, y)), x),
        ),
      b.fromData([1, 3], [2]),
    );
    const got = [...b.readSync(g)];
    expect(got[0]).toBeCloseTo(-2 / 8, 14);
    expect(got[1]).toBeCloseTo(-2 / 64, 14);
  });

  test('an input whose cotangent is null gets zeros', () => {
    const b = plainCpu();
    const gate: CustomOp = { name: 'gate', forward: (c, x, y) => c.mul(x, y), vjp: (c, g, [, y]) => [c.mul(g, y), null] };
    const p = { x: b.fromData([2], [1]), y: b.fromData([5], [1]) };
    const g = grad(b, (ad, { x, y }) => sumAll(ad, ad.customGrad(gate, x, y)), p);
    expect([b.readSync(g.x)[0], b.readSync(g.y)[0]]).toEqual([5, 0]);
  });
});

describe('autodiff', () => {
  test('refuses handles of the inner backend, and says how to wrap them', async () => {
    const b = plainCpu();
    const ad = autodiff(b);
    const raw = b.fromData([1], [1]) as never;
    expect(() => ad.add(raw, 1)).toThrow(/`constant` or `variable`/);
    expect(() => ad.customGrad({ name: 'f', forward: (_, x) => x, vjp: (_, g) => [g] }, raw)).toThrow(argument);
    await expect(ad.read(raw)).rejects.toEqual(argument);
  });

  test('records nothing of constants', () => {
    const ad = autodiff(plainCpu());
    const x = ad.exp(ad.fromData([1], [1]));
    expect(x.node).toBe(null);
    expect(ad.backward([x], [x.value], [x])).toEqual([null]);
  });

  test('the cotangent that was given is not handed out as a gradient', () => {
    const b = plainCpu();
    const ad = autodiff(b);
    const x = ad.variable(b.fromData([1], []));
    const one = b.fromData([1], []);
    const [g] = ad.backward([x], [one], [x]);
    expect(g).not.toBe(null);
    b.dispose(g as NonNullable<typeof g>);
    expect(b.readSync(one)[0]).toBe(1);
  });

  test('a chain of ten thousand operations does not overflow the stack', () => {
    const b = plainCpu();
    const g = grad(
      b,
      (ad, x) => {
        let y = x;
        for (let i = 0; i < 10_000; i++) y = ad.add(y, 0);
        return y;
      },
      b.fromData([1], []),
    );
    expect(b.readSync(g)[0]).toBe(1);
  });
});

describe('gradcheck', () => {
  test('notices a wrong derivative', () => {
    const wrong: CustomOp = { name: 'wrong', forward: (b, x) => b.mul(x, x), vjp: (b, g, [x]) => [b.mul(g, x)] };
    const b = reference();
    const x = b.fromData([0.5, 1.5], [2]);
    expect(gradcheck(b, (c, y) => sumAll(c, c.customGrad(wrong, y)), x).ok).toBe(false);
    expect(gradcheck(b, (c, y) => sumAll(c, c.mul(y, y)), x).ok).toBe(true);
  });

  test('leaves nothing behind', () => {
    const b = plainCpu();
    const x = b.fromData([0.5, 1.5], [2]);
    gradcheck(b, (c, y) => sumAll(c, c.mul(y, y)), x);
    expect(b.memory().tensors).toBe(1);
  });

  test('needs readSync', () => {
    const b = { ...plainCpu(), readSync: undefined };
    expect(() => gradcheck(b, (c, y) => sumAll(c, y), b.fromData([1], [1]))).toThrow(argument);
  });
});
