/** The few things that every JavaScript host has and the language has not: a clock, timers, text codecs, somewhere to write. No imports. */

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Host {
  readonly performance: { now(): number };
  setTimeout(f: () => void, milliseconds: number): unknown;
  readonly TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
  readonly TextDecoder: new (label: string, options: { fatal: boolean; ignoreBOM: boolean }) => { decode(bytes: Uint8Array): string };
  readonly console: { log(text: string): void };
  readonly process?: { readonly stdout?: Stream };
}

const host = (): Host => globalThis as unknown as Host;

/** Seconds on a clock that never goes back. */
export const seconds = (): number => host().performance.now() / 1000;

/** Let the event loop turn once: timers, signals and input are handled. */
export const pause = (): Promise<void> =>
  new Promise((resolve) => {
    host().setTimeout(() => resolve(), 0);
  });

/** UTF-8 bytes of a text. */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => new (host().TextEncoder)().encode(text);

/** The text of UTF-8 bytes. Throws the host's error when they are malformed. */
export const decodeText = (bytes: Uint8Array): string => new (host().TextDecoder)('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** The terminal that the program writes to, or null when there is none (a browser, a pipe). */
export const terminal = (): Stream | null => {
  const stream = host().process?.stdout;
  return stream?.isTTY ? stream : null;
};

/** Write one line where the host shows them. */
export const writeLine = (line: string): void => host().console.log(line);
