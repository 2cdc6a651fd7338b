/**
 * A pass as one WebAssembly function: its commands for one chunk of steps after the other, for the share of one thread. What it needs to know of
 * the batch size, the number of steps and where values lie it reads from the table.
 *
 * The function is called as f(table, begin, end, chunk, thread, threads, control, scratch): steps `begin` to `end` in chunks of `chunk`, as number
 * `thread` of `threads`, which meet at the barrier at `control` after each command; `scratch` is the thread's own.
 */
import type { Code, FunctionSpec, Local } from '@snn/compile/wasm';
import { type Argument, type Call, type Host, type Kernel, type Loop, SLOT_WORDS } from './commands.ts';
import type { Pass } from './pass.ts';
import type { Table } from './table.ts';

/** A kernel works on this many bytes of a row for all steps of a chunk before the next, so that its states stay in the first-level cache. */
const BLOCK_BYTES = 4096;

/** Parameters of a pass. */
export const PASS_PARAMETERS = 8;

/** Bytes at the beginning of a thread's scratch for a kernel's list of addresses. */
export function listBytes(passes: readonly Pass[]): number {
  const lengths = passes.flatMap(({ commands }) =>
    commands.flatMap((c) => (c.kind === 'loop' ? c.body : [c])).map((c) => (c.kind === 'kernel' ? c.operands.length : 0)),
  );
  return Math.ceil((4 * Math.max(0, ...lengths)) / 64) * 64;
}

/** The function of a pass. */
export function passFunction(pass: Pass, { slots, words }: Table, lists: number): FunctionSpec {
  return {
    name: pass.name,
    parameters: new Array<'i32'>(PASS_PARAMETERS).fill('i32'),
    build(c, table, begin, end, chunk, thread, threads, control, scratch) {
      const [t0, n, step, t, i, from, to, total, at, block] = Array.from({ length: 10 }, () => c.local('i32'));
      const word = (k: number): Code => c.get(table).memory('i32.load', 4 * k);
      const slotWord = (slot: number, k: number): Code => word(words.length + SLOT_WORDS * slot + k);
      const { reversed } = pass;

      /** The address of a slot's values at the first step of the chunk, or at step t of a loop. */
      const address = (slot: number, inLoop: boolean): void => {
        const { span, external } = slots[slot];
        slotWord(slot, 0);
        if (external === 'segment' || span === 'all') {
          c.get(inLoop ? t : t0);
          slotWord(slot, 1).op('i32.mul', 'i32.add');
        } else if (span === 'chunk' && inLoop) {
          c.get(t, t0).op('i32.sub');
          slotWord(slot, 1).op('i32.mul', 'i32.add');
        }
      };
      const argument = (x: Argument, inLoop: boolean): void => {
        if (x.kind === 'address') address(x.slot, inLoop);
        else if (x.kind === 'word') word(x.word);
        else if (x.kind === 'perStep') word(x.word).get(n).op('i32.mul');
        else if (x.kind === 'scratch') c.get(scratch).i32(lists).op('i32.add');
        else c.get({ steps: n, from, to }[x.kind]);
      };
      /** from, to = this thread's share of `total`. */
      const share = (): void => {
        const bound = (extra: number): void => {
          c.get(total, thread);
          if (extra) c.i32(extra).op('i32.add');
          c.op('i32.mul').get(threads).op('i32.div_u');
        };
        bound(0);
        c.set(from);
        bound(1);
        c.set(to);
      };
      const call = (command: Call, inLoop: boolean): void => {
        for (const x of command.arguments) argument(x, inLoop);
        c.call(command.name);
      };
      const host = ({ task }: Host, inLoop: boolean): void => {
        c.i32(task).get(t0, n);
        if (inLoop) c.get(t, t0).op('i32.sub');
        else c.i32(-1);
        c.call('host');
      };
      const list = ({ operands }: Kernel, inLoop: boolean): void => {
        for (const [k, slot] of operands.entries()) {
          c.get(scratch);
          address(slot, inLoop);
          c.memory('i32.store', 4 * k);
        }
      };
      const kernel = (command: Kernel): void => {
        list(command, false);
        // shares are whole cache lines
        word(command.row).i32(63).op('i32.add').i32(6).op('i32.shr_u').set(total);
        share();
        c.get(from).i32(6).op('i32.shl').set(at);
        c.get(to).i32(6).op('i32.shl').set(to);
        c.get(to);
        word(command.row).op('i32.gt_s');
        c.if(() => word(command.row).set(to));
        c.for(
          at,
          () => c.get(to),
          BLOCK_BYTES,
          () => {
            c.get(at).i32(BLOCK_BYTES).op('i32.add').set(block);
            c.get(block, to).op('i32.gt_s');
            c.if(() => c.get(to).set(block));
            c.get(scratch);
            if (reversed) c.get(n).i32(1).op('i32.sub');
            else c.i32(0);
            word(command.row).op('i32.mul').get(n);
            if (reversed) c.i32(0);
            word(command.row);
            if (reversed) c.op('i32.sub');
            c.get(at, block).call(command.name);
          },
        );
      };
      const kernelInLoop = (command: Kernel, split: boolean): void => {
        list(command, true);
        c.get(scratch).i32(0).i32(1).i32(0);
        if (split) {
          c.get(from);
          word(command.part).op('i32.mul').get(to);
          word(command.part).op('i32.mul');
        } else {
          c.i32(0);
          word(command.row);
        }
        c.call(command.name);
      };
      const loop = ({ body, rows }: Loop): void => {
        if (rows !== null) {
          word(rows).set(total);
          share();
        }
        c.i32(0).set(i);
        c.for(
          i,
          () => c.get(n),
          1,
          () => {
            if (reversed) c.get(t0, n).op('i32.add').i32(1).op('i32.sub').get(i).op('i32.sub').set(t);
            else c.get(t0, i).op('i32.add').set(t);
            for (const command of body) {
              if (command.kind === 'host') host(command, true);
              else if (command.kind === 'kernel') kernelInLoop(command, rows !== null);
              else {
                if (rows === null && command.total) {
                  c.i32(0).set(from);
                  word(command.total.word).set(to);
                }
                call(command, true);
              }
            }
          },
        );
      };
      const alone = (f: () => void): void => {
        c.get(thread).op('i32.eqz');
        c.if(f);
      };
      const commands = (): void => {
        for (const command of pass.commands) {
          if (command.kind === 'host') alone(() => host(command, false));
          else if (command.kind === 'kernel') kernel(command);
          else if (command.kind === 'loop') {
            if (command.rows === null) alone(() => loop(command));
            else loop(command);
          } else if (command.total === null) alone(() => call(command, false));
          else {
            argument(command.total, false);
            c.set(total);
            share();
            c.get(from, to).op('i32.lt_s');
            c.if(() => call(command, false));
          }
          c.get(threads).i32(1).op('i32.gt_s');
          c.if(() => c.get(control, threads).call('barrier'));
        }
      };

      // `step` counts steps done; chunks of a reversed pass begin at the end
      c.get(begin).set(step);
      c.repeat(
        () => c.get(step, end).op('i32.lt_s'),
        () => {
          c.get(end, step).op('i32.sub').set(n);
          c.get(n, chunk).op('i32.gt_s');
          c.if(() => c.get(chunk).set(n));
          if (reversed) c.get(begin, end).op('i32.add').get(step).op('i32.sub').get(n).op('i32.sub').set(t0);
          else c.get(step).set(t0);
          commands();
          c.get(step, n).op('i32.add').set(step);
        },
      );
    },
  };
}

/** Functions that passes call beside their own kernels. */
export const BARRIER: FunctionSpec = {
  name: 'barrier',
  parameters: ['i32', 'i32'],
  build(c, control, threads) {
    const [generation, spins, silent]: Local[] = [c.local('i32'), c.local('i32'), c.local('i32')];
    c.get(control).memory('i32.atomic.load', 4).set(generation);
    c.get(control).i32(1).memory('i32.atomic.add').i32(1).op('i32.add').get(threads).op('i32.eq');
    c.if(
      () => {
        c.get(control).i32(0).memory('i32.atomic.store');
        c.get(control).i32(1).memory('i32.atomic.add', 4).op('drop');
        c.get(control).i32(64).memory('memory.notify', 4).op('drop');
      },
      () => {
        c.repeat(
          () => c.get(control).memory('i32.atomic.load', 4).get(generation).op('i32.eq'),
          () => {
            c.increment(spins, 1);
            c.get(spins).i32(SPINS).op('i32.gt_s');
            // a word beside the barrier says whether this engine lets all threads sleep
            c.get(control).memory('i32.load', 8).op('i32.and');
            c.if(() => {
              c.get(control).get(generation).i64(PATIENCE_NANOSECONDS).memory('memory.wait32', 4);
              // 2: it timed out. A thread that is gone must not keep the others for ever
              c.i32(2).op('i32.eq');
              c.if(() => {
                c.increment(silent, 1);
                c.get(silent).i32(MOST_SILENCES).op('i32.gt_s');
                c.if(() => c.op('unreachable'));
              });
            });
          },
        );
      },
    );
  },
};

const SPINS = 20000;
const PATIENCE_NANOSECONDS = 1e9;
/** Seconds that a thread waits for the others; no pass takes so long between two of its commands. */
const MOST_SILENCES = 120;
