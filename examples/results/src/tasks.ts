// All tasks, in the order of the table.
import type { Evidence } from './evidence.ts';
import { fashionMnist } from './tasks/fashion-mnist.ts';
import { mnist } from './tasks/mnist.ts';
import { randomPatterns } from './tasks/random-patterns.ts';

export const TASKS: readonly Evidence[] = [randomPatterns, mnist, fashionMnist];
