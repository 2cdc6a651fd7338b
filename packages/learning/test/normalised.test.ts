// Networks that normalise over time, which no rule can go through step by step.
import { batchNormThroughTime, crossEntropyOverTime, type Layer, li, lif, linear, sequential, tdBatchNorm, teBatchNorm } from '@snn/nn';
import { describe, expect, test } from 'vitest';
import { eprop, eventprop, ottt, rewardStdp, sltt, stdp } from '../src/index.ts';
import { byRule, compiled, problem } from './common.ts';

const STEPS = 4;
const normalisations: Readonly<Record<string, Layer>> = {
  tdBatchNorm: tdBatchNorm(8),
  teBatchNorm: teBatchNorm(8, STEPS),
  batchNormThroughTime: batchNormThroughTime(8, STEPS),
};

describe('normalisation over time is refused by', () => {
  for (const rule of [eprop(), eprop({ update: 'step' }), sltt(), ottt({ decay: 0.9 }), stdp(), rewardStdp(), eventprop()]) {
    for (const [name, normalisation] of Object.entries(normalisations)) {
      test(`${rule.name}: ${name}`, async () => {
        const network = sequential(linear(6, 8, { bias: false }), normalisation, lif(8), linear(8, 3, { bias: false }), li(3));
        for (const on of [problem(network, [STEPS, 3, 6, 3]), compiled(problem(network, [STEPS, 3, 6, 3]))]) {
          const error = await byRule(on, rule, crossEntropyOverTime()).then(
            () => null,
            (refused: unknown) => refused as { readonly code?: string; readonly message: string },
          );
          expect(error?.code).toBe('unsupported');
          expect(error?.message).toMatch(new RegExp(`^${rule.name}: `));
          // EventProp takes no other layers than its own, so it names the one that it does not take
          expect(error?.message).toContain(rule.name === 'eventprop' ? `layers[1] is '${name}'` : 'train it with store()');
        }
      });
    }
  }
});
