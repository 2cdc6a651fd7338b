// Which drawings docs/neurons/img holds, and how each is made. Keys are file names; a page without a drawing of its own shows a relative's.

import { plainCpu } from '@snn/backend-cpu';
import * as lif from '@snn/neurons-lif';
import * as lsnn from '@snn/neurons-lsnn';
import * as slstm from '@snn/neurons-slstm';
import * as ternary from '@snn/neurons-ternary';
import { lineChart, spikeRaster } from '@snn/viz';
import { curve, draw, stack } from './response.ts';

const spikes = { output: 'spikes' } as const;
const v = { ...spikes, charts: [['v']] } as const;
const vi = { ...spikes, charts: [['v'], ['i']] } as const;

/** Drawings by file name without `.svg`. */
export const PICTURES: Readonly<Record<string, () => string>> = {
  lif: () => draw(lif.lif, { ...vi, step: 0.3, train: 2.5 }),
  'lif-box': () => draw(lif.lifBox, { ...v, step: 1.5, train: 6 }),
  li: () => draw(lif.li, { output: 'state', charts: [['v', 'i']], step: 0.3, train: 2.5 }),
  'li-box': () => draw(lif.liBox, { output: 'state', charts: [['v']], step: 1, train: 6 }),
  'integrate-and-fire': () => draw(lif.integrateAndFire, { ...v, step: 0.15, train: 0.4 }),
  leaky: () => draw(lif.leaky, { ...v, step: 0.2, train: 0.7 }),
  synaptic: () => draw(lif.synaptic, { ...vi, step: 0.05, train: 0.3 }),
  'no-reset': () => draw(lif.noReset, { ...v, step: 0.15, train: 0.7 }),
  cooldown: () => draw(lif.cooldown, { ...v, step: 0.5, train: 1.5 }),
  discontinuous: () => draw(lif.discontinuous, { ...spikes, charts: [], step: 1.5, train: 1.5 }),
  'recurrent-leaky': () => draw(lif.recurrentLeaky, { ...v, step: 0.2, train: 0.7, parameters: { recurrence: -0.5 } }),
  'recurrent-synaptic': () => draw(lif.recurrentSynaptic, { ...vi, step: 0.05, train: 0.3, parameters: { recurrence: -0.3 } }),
  lapicque: () => draw(lif.lapicque, { ...v, step: 1.5, train: 6 }),
  alpha: () => draw(lif.alpha, { ...spikes, charts: [['v'], ['excitatory', 'inhibitory']], step: 0.3, train: 1.5 }),
  'lif-refractory': () =>
    draw(lif.lifRefractory, { ...spikes, charts: [['v'], ['i', 'rho']], step: 0.5, train: 3, parameters: { refractory: 5 } }),
  izhikevich: () =>
    draw(lif.izhikevich, {
      ...spikes,
      charts: [['v'], ['u']],
      step: 14,
      train: 120,
      stretch: 4,
      ...lif.IZHIKEVICH_BEHAVIOURS.tonicSpiking,
      options: { dt: 0.25e-3 },
    }),
  'conductance-lif': () => draw(lif.conductanceLif, { ...spikes, charts: [['v'], ['e', 'i']], step: 1, train: 15 }),
  'multi-compartment-lif': () =>
    draw(lif.multiCompartmentLif, {
      ...v,
      step: 0.5,
      train: 4,
      shape: [2],
      watch: { dendrite: 0, soma: 1 },
      parameters: { coupling: { data: [-150, 150, 150, -150], shape: [2, 2] } },
    }),
  'exponential-filter': () => draw(lif.exponentialFilter, { output: 'state', charts: [['v']], step: 1, train: 1 }),
  'tsodyks-makram': () => draw(lif.tsodyksMakram, { output: 'value', charts: [['u', 'x']], step: 1, train: 1 }),
  stdp,
  lsnn: () => draw(lsnn.lsnn, { ...spikes, charts: [['v', 'b'], ['i']], step: 0.6, train: 3, parameters: { beta: 0.3 } }),
  alif: () => draw(lsnn.alif, { ...spikes, charts: [['v'], ['b']], step: 0.03, train: 0.25 }),
  adaptive: () => draw(lsnn.adaptive, { ...spikes, charts: [['v', 'b']], step: 0.3, train: 1 }),
  'ada-lif': () => draw(lsnn.adaLif, { ...spikes, charts: [['v', 'b'], ['i']], step: 0.6, train: 3, parameters: { beta: 0.3 } }),
  'ad-lif': () => draw(lsnn.adLif, { ...spikes, charts: [['v'], ['w']], step: 6, train: 30 }),
  'se-ad-lif': () => draw(lsnn.seAdLif, { ...spikes, charts: [['v'], ['w']], step: 6, train: 30 }),
  'lif-ex': () => draw(lsnn.lifEx, { ...vi, step: 0.2, train: 2 }),
  'lif-adex': () => draw(lsnn.lifAdex, { ...spikes, charts: [['v'], ['i', 'a']], step: 0.3, train: 2 }),
  slstm: () =>
    draw(slstm.slstm, {
      ...spikes,
      charts: [['v', 'c']],
      step: 1,
      train: 1,
      parameters: {
        weightInput: { data: [2, 0, 1.5, 1], shape: [1, 4] },
        weightRecurrent: { data: [0.5, 0, -0.5, 0], shape: [1, 4] },
        bias: { data: [-1, 2, 0, 0], shape: [4] },
        threshold: 0.3,
      },
    }),
  'sconv2d-lstm': () =>
    draw(slstm.sconv2dLstm, {
      ...spikes,
      charts: [['v', 'c']],
      step: 1,
      train: 1,
      shape: [1, 3, 3],
      driven: 4,
      watch: { centre: 4, corner: 0 },
      parameters: { weight: { data: convolution(), shape: [4, 2, 3, 3] }, bias: { data: [-1, 2, 0, 0], shape: [4] }, threshold: 0.3 },
    }),
  lib: () => draw(ternary.lib, { ...v, step: 0.2, train: 0.7 }),
  lit: () => draw(ternary.lit, { output: 'value', charts: [['v']], step: -0.2, train: 0.7 }),
  lits: () =>
    draw(ternary.lits, { output: 'value', charts: [['v']], step: -0.2, train: 0.7, parameters: { positiveScale: 2, negativeScale: 0.5 } }),
  'ternary-li': () => draw(ternary.liema, { output: 'state', charts: [['v']], step: 1, train: 1 }),
  ternary: () =>
    draw(ternary.dslits, {
      output: 'value',
      charts: [
        ['positiveV', 'negativeV'],
        ['positiveI', 'negativeI'],
      ],
      step: 0.3,
      train: 1.5,
      parameters: { negativeBeta: 0.5 },
    }),
};

/** Kernels of four gates i, f, o, g over input and membrane: a centre that drives and a weaker surround. */
function convolution(): number[] {
  const gate = (centre: number, around: number, recurrent: number): number[] => [
    ...Array.from({ length: 9 }, (_, i) => (i === 4 ? centre : around)),
    ...Array.from({ length: 9 }, (_, i) => (i === 4 ? recurrent : 0)),
  ];
  return [...gate(2, 0.5, 0.5), ...gate(0, 0, 0), ...gate(1, 0.3, 0), ...gate(1.5, 0.6, -0.5)];
}

/** A weight between two neurons of which first one, then the other fires earlier. */
function stdp(): string {
  const panel = (title: string, lag: number): string[] => {
    const b = plainCpu();
    const parameters = { ...lif.STDP_PARAMETERS, tauPre: 5e-3, tauPost: 5e-3, ratePlus: 0.1, rateMinus: 0.1 };
    let weight = b.fromData([0.5], [1, 1]);
    let traces = { pre: b.fromData([0], [1, 1]), post: b.fromData([0], [1, 1]) };
    const [weights, pre, post, fired]: number[][] = [[], [], [], []];
    for (let t = 0; t < 100; t++) {
      const [before, after] = [t % 20 === 8 ? 1 : 0, t % 20 === 8 + lag ? 1 : 0];
      [weight, traces] = lif.stdpLinearStep(b, parameters, traces, weight, b.fromData([before], [1, 1]), b.fromData([after], [1, 1]));
      weights.push(b.readSync(weight)[0]);
      pre.push(b.readSync(traces.pre)[0]);
      post.push(b.readSync(traces.post)[0]);
      fired.push(before, after);
    }
    return [
      lineChart({ title: `stdp, ${title}`, x: 'time step', y: 'weight', series: [curve('weight', weights)] }),
      lineChart({ title: 'stdp, traces', x: 'time step', y: 'trace', series: [curve('pre', pre), curve('post', post)] }),
      spikeRaster({ title: 'Spikes: 0 before, 1 after the synapse', steps: 100, neurons: 2, spikes: fired }),
    ];
  };
  return stack('stdp: a weight under two orders of spikes', [
    ...panel('the input fires 5 steps before the output', 5),
    ...panel('the input fires 5 steps after the output', -5),
  ]);
}
