/**
 * The order of a device's work. Operations are called and answered at once, the device works later: each operation puts a task here, tasks run
 * one after another, so a tensor is released after its last use and a read sees everything that was asked for before it.
 */
import { DeviceError } from './device-error.ts';

/** How long the device may take for one task before it is given up, milliseconds. */
const PATIENCE = 60_000;

/** Tasks in order. A task must not reject: what fails is kept with the tensor that it would have made. */
export class Queue {
  #tail: Promise<void> = Promise.resolve();
  #finished = 0;

  /** Run `task` after all tasks before it. */
  push(task: () => void | Promise<void>): void {
    this.#tail = this.#tail.then(task).then(() => {
      this.#finished++;
    });
  }

  /**
   * Wait until everything that was pushed so far has run.
   *
   * @throws a `timeout` `DeviceError` when no task finishes for a minute, and what `interrupted` rejects with, when it does so first.
   */
  async settled(interrupted: Promise<never>): Promise<void> {
    let timer: ReturnType<typeof setInterval> | undefined;
    const stuck = new Promise<never>((_, reject) => {
      let seen = this.#finished;
      timer = setInterval(() => {
        if (seen === this.#finished)
          reject(new DeviceError('timeout', `read: the device has not answered for ${PATIENCE / 1000} s; make a new backend.`));
        seen = this.#finished;
      }, PATIENCE);
    });
    try {
      await Promise.race([this.#tail, interrupted, stuck]);
    } finally {
      clearInterval(timer);
    }
  }
}
