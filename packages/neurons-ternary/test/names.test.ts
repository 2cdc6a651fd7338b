// The names in the types are those in the data.

import { expect, expectTypeOf, test } from 'vitest';
import {
  type DualOptions,
  dsrlits,
  li,
  type OptionsOf,
  srlib,
  type TernaryOptions,
  type TernaryParameterName,
  type TernaryStateName,
} from '../src/index.ts';

/** Names as keys: the compiler refuses a record that lacks one or has another. */
const names = <K extends string>(record: Readonly<Record<K, true>>): readonly string[] => Object.keys(record).toSorted();

test('dsrlits, srlib and li', () => {
  const dual = names<TernaryParameterName<'dsrlits'>>({
    positiveAlpha: true,
    negativeAlpha: true,
    positiveBeta: true,
    negativeBeta: true,
    positiveGamma: true,
    negativeGamma: true,
    positiveRecurrentWeight: true,
    negativeRecurrentWeight: true,
    positiveThreshold: true,
    negativeThreshold: true,
    bias: true,
    positiveScale: true,
    negativeScale: true,
  });
  expect(Object.keys(dsrlits.parameters).toSorted()).toEqual(dual);
  expect(dsrlits.states.toSorted()).toEqual(
    names<TernaryStateName<'dsrlits'>>({
      positiveI: true,
      negativeI: true,
      positiveR: true,
      negativeR: true,
      positiveV: true,
      negativeV: true,
      output: true,
    }),
  );
  const binary = names<TernaryParameterName<'srlib'>>({
    alpha: true,
    beta: true,
    gamma: true,
    recurrentWeight: true,
    threshold: true,
    bias: true,
  });
  expect(Object.keys(srlib.parameters).toSorted()).toEqual(binary);
  expect(srlib.states.toSorted()).toEqual(names<TernaryStateName<'srlib'>>({ i: true, r: true, v: true, output: true }));
  expect(Object.keys(li.parameters)).toEqual(names<TernaryParameterName<'li'>>({ beta: true }));
  expect(li.states).toEqual(names<TernaryStateName<'li'>>({ v: true }));
});

test('options', () => {
  expectTypeOf<OptionsOf<'lits'>>().toExtend<TernaryOptions>();
  expectTypeOf<OptionsOf<'lits'>>().not.toExtend<DualOptions>();
  expectTypeOf<OptionsOf<'dlit'>>().toExtend<TernaryOptions & DualOptions>();
  expectTypeOf<OptionsOf<'dsli'>>().toExtend<DualOptions>();
  expectTypeOf<OptionsOf<'li'>>().not.toExtend<TernaryOptions>();
  expect(Object.keys(li.options)).toEqual([]);
  expect(Object.keys(dsrlits.options).toSorted()).toEqual(['comparison', 'detachReset', 'quantizer', 'splitGradient', 'surrogate']);
});
