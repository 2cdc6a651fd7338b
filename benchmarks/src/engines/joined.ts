/** The compiled engine, started with the option of V8 that its identity shows: for Node, since pages import the engine itself. */
import { cpu } from '@snn/backend-cpu';
import { compiledOn } from './compiled.ts';
import type { Engine } from './engine.ts';

/** See above. */
export const joinedEngine: Engine = compiledOn(
  { engine: 'snn (256 bits)', backend: `cpu, node ${process.execArgv.join(' ')}`, tier: 'wasm', executor: 'compiled program' },
  (threads) => cpu({ threads }),
  true,
);
