/** The passes of a plan for a gradient strategy, with the table that they share. */
import { operandsOf, type Plan, planStep, store } from '@snn/compile';
import type { GradientStrategy, StepProgram } from '@snn/core';
import { sizeOf } from '@snn/core';
import type { Argument, Command } from './commands.ts';
import { buildPass, type Pass } from './pass.ts';
import { Table } from './table.ts';

/** What a plan is compiled to. */
export interface CompiledProgram {
  readonly table: Table;
  /** The pass of a run first; then those of its gradients. */
  readonly passes: readonly Pass[];
  /** Slots of what the caller gives and gets; -1 for what there is none of. */
  readonly places: {
    readonly inputs: number;
    readonly outputs: number;
    readonly g: number;
    readonly inputGradient: number;
    /** Of gradients of states that do not flow from step to step. */
    readonly silent: readonly number[];
  };
  /** Nodes that depend on parameters alone, operands first. */
  readonly once: readonly number[];
}

/** Build the passes. */
export function buildProgram(plan: Plan, { kind }: GradientStrategy): CompiledProgram {
  const { traced } = plan;
  const { nodes } = traced.program;
  const table = new Table();
  const size = (node: number): number => sizeOf(nodes[node].shape);
  const external = (name: string, node: number): number => table.slot(name, size(node), 'all', 'segment');
  for (const [i, node] of traced.parameters.entries())
    table.lasting.set(node, table.slot(`parameter ${traced.parameterNames[i]}`, size(node), 'fixed', 'whole'));
  const inputs = external('inputs', traced.input);
  table.lasting.set(traced.input, inputs);
  const outputs = external('outputs', traced.output);
  const g = external('gradient of the outputs', traced.outputCotangent);
  table.lasting.set(traced.outputCotangent, g);
  const carried = new Set(plan.backward.states.map(({ before }) => before));
  const silent = traced.nextStateCotangents.map((node, k) => {
    if (carried.has(node) || kind === 'none') return -1;
    const slot = table.slot(`gradient of state ${traced.stateNames[k]}`, size(node), 'all');
    table.lasting.set(node, slot);
    return slot;
  });
  const inputGradient = traced.inputCotangent === null ? -1 : external('gradient of the inputs', traced.inputCotangent);

  const given = new Map([[traced.output, outputs]]);
  const none = new Set<number>();
  const forward = (name: string, schedule: Plan['forward'], kept: ReadonlySet<number>): Pass =>
    buildPass(table, { name, plan, schedule, reversed: false, given, kept, totals: [] });
  const backward = (name: string, schedule: Plan['backward'], wantInputs: boolean): Pass =>
    buildPass(table, {
      name,
      plan,
      schedule,
      reversed: true,
      given: new Map(wantInputs && traced.inputCotangent !== null ? [[traced.inputCotangent, inputGradient]] : []),
      kept: none,
      totals: traced.parameterCotangents,
    });
  const passes = [
    ...(kind === 'store' || kind === 'truncated' ? [] : [forward('forward', plan.forward, none)]),
    ...(kind === 'none'
      ? []
      : [
          forward('recording', plan.recording, new Set(plan.residuals)),
          backward('backward', plan.backward, true),
          backward('ofParameters', plan.backwardOfParameters, false),
        ]),
  ];
  const invariant = ({ schedule }: Pass): readonly number[] =>
    schedule.stages.flatMap((stage) => (stage.kind === 'invariant' ? stage.nodes : []));
  const once = [...new Set(passes.flatMap(invariant))].sort((x, y) => x - y);
  for (const node of once) for (const i of [...operandsOf(nodes[node]), node]) table.fixed(i, nodes[i]);
  return { table, passes, places: { inputs, outputs, g, inputGradient, silent }, once };
}

/**
 * The commands that a step is compiled to, as text: what each thread runs for one chunk of steps after the other. `=>` marks what is written.
 *
 * @param gradient default `store()`.
 */
export function explainCommands(step: StepProgram, gradient: GradientStrategy = store()): string {
  const { table, passes } = buildProgram(planStep(step), gradient);
  const { slots, words, host } = table;
  const place = (slot: number): string => `${slots[slot].name.replace(/^\w+: /, '')}`;
  const number = (x: Argument): string => {
    if (x.kind === 'address') return place(x.slot);
    if (x.kind === 'word') return `${words[x.word]}`;
    return x.kind === 'perStep' ? `${words[x.word]} * steps` : x.kind;
  };
  const line = (command: Command, indent: string): string[] => {
    switch (command.kind) {
      case 'kernel':
        return [`${indent}kernel ${command.name}: ${command.operands.map(place).join(', ')}`];
      case 'host':
        return [`${indent}plain tier => ${place(host[command.task].to)}`];
      case 'loop': {
        const split = command.rows === null ? 'one thread' : `${words[command.rows]} rows split over threads`;
        return [`${indent}for each step, ${split}:`, ...command.body.flatMap((inner) => line(inner, `${indent}  `))];
      }
      default: {
        const total = command.total ? `${number(command.total)} split over threads` : 'one thread';
        return [`${indent}${command.name}(${command.arguments.map(number).join(', ')}), ${total}`];
      }
    }
  };
  return passes
    .map(({ name, reversed, commands }) =>
      [`${name}${reversed ? ' (the last step first)' : ''}`, ...commands.flatMap((command) => line(command, '  '))].join('\n'),
    )
    .join('\n');
}
