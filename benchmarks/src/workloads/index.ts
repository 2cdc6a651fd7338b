/** All workloads, in order. */
import type { Workload } from '../workload.ts';
import { layerWorkload } from './w1-layer.ts';
import { mnistWorkload } from './w2-mnist.ts';
import { shdWorkload } from './w3-shd.ts';
import { lsnnWorkload } from './w4-lsnn.ts';
import { streamingWorkload } from './w5-streaming.ts';
import { ternaryWorkload } from './w6-ternary.ts';
import { slstmWorkload } from './w7-slstm.ts';
import { adaptiveWorkload } from './w8-adaptive.ts';
import { convWorkload } from './w9-conv.ts';

/** W1 ... W9. */
export const WORKLOADS: readonly Workload[] = [
  layerWorkload,
  mnistWorkload,
  shdWorkload,
  lsnnWorkload,
  streamingWorkload,
  ternaryWorkload,
  slstmWorkload,
  adaptiveWorkload,
  convWorkload,
];
