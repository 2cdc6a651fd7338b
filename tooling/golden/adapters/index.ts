// All adapters, by the model's name in the golden files.

import type { Adapters, FunctionAdapter, StepAdapter } from '../adapter.ts';
import { ENCODERS } from './encoders.ts';
import { LOSSES } from './losses.ts';
import { LSNN } from './lsnn.ts';
import { LSNN_OFFICIAL } from './lsnn-official.ts';
import { NORSE } from './norse.ts';
import { NORSE_MORE } from './norse-more.ts';
import { PLASTICITY } from './plasticity.ts';
import { RNNBUILDER } from './rnnbuilder.ts';
import { SLSTM } from './slstm.ts';
import { SNNTORCH } from './snntorch.ts';
import { SNNTORCH_MORE } from './snntorch-more.ts';
import { SURROGATES } from './surrogates.ts';
import { TRACETORCH } from './tracetorch.ts';

const FAMILIES: readonly Adapters[] = [
  ENCODERS,
  LOSSES,
  LSNN,
  LSNN_OFFICIAL,
  NORSE,
  NORSE_MORE,
  PLASTICITY,
  RNNBUILDER,
  SLSTM,
  SNNTORCH,
  SNNTORCH_MORE,
  SURROGATES,
  TRACETORCH,
];

export const STEP_ADAPTERS: ReadonlyMap<string, StepAdapter> = new Map(FAMILIES.flatMap(({ steps }) => Object.entries(steps ?? {})));
export const FUNCTION_ADAPTERS: ReadonlyMap<string, FunctionAdapter> = new Map(
  FAMILIES.flatMap(({ functions }) => Object.entries(functions ?? {})),
);

/** Which of the families above a model belongs to; -1: none. */
export const familyOf = (model: string): number => FAMILIES.findIndex(({ steps, functions }) => model in { ...steps, ...functions });
