// All tasks, in the order of the table.
import type { Evidence } from './evidence.ts';
import { delayedXor } from './tasks/delayed-xor.ts';
import { ecg } from './tasks/ecg.ts';
import { evidenceAccumulation } from './tasks/evidence-accumulation.ts';
import { fashionMnist } from './tasks/fashion-mnist.ts';
import { mackeyGlassTask } from './tasks/mackey-glass.ts';
import { mnist } from './tasks/mnist.ts';
import { permutedMnistTebn } from './tasks/permuted-mnist-tebn.ts';
import { randomPatterns } from './tasks/random-patterns.ts';
import { sequentialMnist } from './tasks/sequential-mnist.ts';
import { storeRecall } from './tasks/store-recall.ts';
import { yinYangTask } from './tasks/yin-yang.ts';

export const TASKS: readonly Evidence[] = [
  randomPatterns,
  yinYangTask,
  delayedXor,
  storeRecall,
  evidenceAccumulation,
  mnist,
  fashionMnist,
  sequentialMnist,
  permutedMnistTebn,
  mackeyGlassTask,
  ecg,
];
