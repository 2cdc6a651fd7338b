import { expect, test } from 'vitest';
import { DeviceError, gpu, isDeviceError, MODES, runWithFallback } from '../src/index.ts';

/** What a promise rejects with. */
const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

test('a mode that does not exist is refused with the list of those that do', async () => {
  const error = await failure(gpu({ mode: 'cuda' as 'cpu' }));
  expect(error).toMatchObject({ code: 'argument' });
  expect(String(error)).toContain(MODES.join(', '));
});

test.each(['webgpu', 'webgl2', 'webgl'] as const)('%s, which Node does not have, is missing, and says so', async (mode) => {
  const error = await failure(gpu({ mode }));
  expect(error).toMatchObject({ code: 'unsupported', failure: 'missing' });
  expect(String(error)).toContain(mode);
});

test('auto takes the first mode that works and says why not the others', async () => {
  const b = await gpu();
  expect(b.mode).toBe('webasm');
  expect(b.name).toBe('gpu-webasm');
  for (const mode of ['webgpu', 'webgl2', 'webgl']) expect(b.fallbackReason).toContain(`${mode}: `);
  expect(b.memory?.()).toEqual({ tensors: 0, bytes: 0 }); // the probe leaves nothing
  await b.destroy();
});

test('what is too large is refused with the limit and the request', async () => {
  const b = await gpu({ mode: 'cpu' });
  const x = b.fromData(new Float32Array(2 ** 13), [2 ** 13, 1]);
  const y = b.fromData(new Float32Array(2 ** 12), [1, 2 ** 12]);
  try {
    b.add(x, y);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'unsupported', failure: 'limit', limit: 2 ** 24, request: 2 ** 25 });
    expect(String(error)).toContain('33554432');
  }
  await b.destroy();
});

test('a destroyed device fails at once, and waiting ends', async () => {
  const b = await gpu({ mode: 'webasm' });
  const x = b.fromData([1, 2], [2]);
  const y = b.add(x, x);
  const reading = failure(b.read(y));
  await b.destroy();
  expect(await reading).toMatchObject({ failure: 'lost' });
  expect(await failure(b.read(y))).toMatchObject({ failure: 'lost' });
  expect(() => b.add(x, x)).toThrow(/lost/);
  b.dispose(x); // harmless
});

test('an error of an operation comes with the read of what depends on it', async () => {
  const b = await gpu({ mode: 'cpu' });
  const x = b.fromData([1], [1]);
  const broken = { ...x, storage: { ...x.storage, value: null, error: new DeviceError('failed', 'a kernel was refused') } };
  expect(await failure(b.read(b.add(b.add(broken, 1), 1)))).toMatchObject({ failure: 'failed', message: 'a kernel was refused' });
  expect([...(await b.read(x))]).toEqual([1]);
  await b.destroy();
});

test('a job whose device fails runs again on the next mode, if auto was asked for', async () => {
  const ran: string[] = [];
  const { result, mode, fallbackReason } = await runWithFallback(async (b) => {
    ran.push(b.mode);
    const x = b.fromData([1, 2, 3], [3]);
    if (b.mode === 'webasm') await b.destroy();
    return [...(await b.read(b.mul(x, 2)))];
  });
  expect(ran).toEqual(['webasm', 'cpu']);
  expect({ result, mode }).toEqual({ result: [2, 4, 6], mode: 'cpu' });
  expect(fallbackReason).toContain('webasm: the device was lost');
});

test('a job fails as it does when a mode was named, or when the failure is its own', async () => {
  const lost = await failure(
    runWithFallback(
      async (b) => {
        await b.destroy();
        return b.read(b.fromData([1], [1]));
      },
      { mode: 'webasm' },
    ),
  );
  expect(isDeviceError(lost)).toBe(true);
  const own = new TypeError('the job is wrong');
  expect(
    await failure(
      runWithFallback(async () => {
        throw own;
      }),
    ),
  ).toBe(own);
});
