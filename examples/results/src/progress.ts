/** One line of progress: rewritten in place on a terminal, every ten seconds a line elsewhere. */

/** Where lines go. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How lines are shown. */
export interface Progress {
  /** Shows a line for now. */
  show(line: string): void;
  /** Writes a line that stays. */
  say(line: string): void;
}

const EVERY = 10;

/** Progress on `output`; `seconds` is a clock. */
export function progress(output: Output, seconds: () => number = () => performance.now() / 1000): Progress {
  const live = output.isTTY === true;
  let shown = seconds();
  return {
    show(line) {
      if (live) {
        const width = (output.columns ?? 80) - 1;
        output.write(`\r\u001b[2K${line.slice(0, width)}`);
      } else if (seconds() - shown >= EVERY) {
        shown = seconds();
        output.write(`${line}\n`);
      }
    },
    say(line) {
      output.write(`${live ? '\r\u001b[2K' : ''}${line}\n`);
      shown = seconds();
    },
  };
}
