// What the page and its worker tell each other.

import type { Observation } from '../../mnist/src/observe.ts';
import type { Choice } from './choices.ts';

/** From the page to the worker. */
export type Order =
  /** Train a new network. `folder` is the address of the page, beside which the data lie. */
  | { readonly kind: 'train'; readonly backend: Choice; readonly epochs: number; readonly seed: number; readonly folder: string }
  | { readonly kind: 'stop' }
  /** Show this image, 28 x 28 bytes of ink, to the network: now, and again and again while it learns. */
  | { readonly kind: 'look'; readonly pixels: Uint8Array }
  /** Send a test image of this digit. */
  | { readonly kind: 'example'; readonly digit: number; readonly folder: string };

/** What runs the network. */
export interface Running {
  /** Name of the backend. */
  readonly backend: string;
  /** What of it runs the network, and why nothing faster does. */
  readonly executedBy: string;
}

/** From the worker to the page. */
export type News =
  | { readonly kind: 'loading'; readonly what: string }
  | {
      readonly kind: 'step';
      /** Steps done, of how many. */
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      /** Share of right answers in this batch. */
      readonly accuracy: number;
      readonly samplesPerSecond: number;
      readonly running: Running;
    }
  /** Share of right answers on test images after so many steps. */
  | { readonly kind: 'tested'; readonly step: number; readonly accuracy: number; readonly images: number }
  | { readonly kind: 'observed'; readonly observation: Observation }
  | { readonly kind: 'example'; readonly pixels: Uint8Array }
  | { readonly kind: 'ended'; readonly stopped: boolean }
  | { readonly kind: 'failed'; readonly message: string };
