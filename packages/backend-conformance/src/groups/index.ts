/** All groups of the suite, in the order in which a new backend best passes them. */
import type { Group } from '../case.ts';
import { asyncOrder } from './async.ts';
import { broadcasting } from './broadcasting.ts';
import { compile } from './compile.ts';
import { decorated } from './decorated.ts';
import { elementwise } from './elementwise.ts';
import { errors } from './errors.ts';
import { gradients } from './gradients.ts';
import { lifecycle } from './lifecycle.ts';
import { manifest } from './manifest.ts';
import { matmul } from './matmul.ts';
import { native } from './native.ts';
import { neurons } from './neurons.ts';
import { numerics } from './numerics.ts';
import { properties } from './properties.ts';
import { purity } from './purity.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';
import { storage } from './storage.ts';

/** The suite. */
export const GROUPS: readonly Group[] = [
  manifest,
  storage,
  elementwise,
  broadcasting,
  reductions,
  matmul,
  shapes,
  purity,
  lifecycle,
  numerics,
  asyncOrder,
  properties,
  native,
  decorated,
  gradients,
  errors,
  compile,
  neurons,
];
