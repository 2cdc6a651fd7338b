// The guides for people of other libraries: every public name of a library stands in its guide, and every name of ours in them exists.

import { readFileSync } from 'node:fs';
import * as autodiff from '@snn/autodiff';
import * as compile from '@snn/compile';
import * as core from '@snn/core';
import * as data from '@snn/data';
import * as encoders from '@snn/encoders';
import * as lif from '@snn/neurons-lif';
import * as lsnn from '@snn/neurons-lsnn';
import * as slstm from '@snn/neurons-slstm';
import * as ternary from '@snn/neurons-ternary';
import * as nn from '@snn/nn';
import * as surrogates from '@snn/surrogates';
import * as defective from '@snn/surrogates/defective';
import * as viz from '@snn/viz';
import { describe, expect, test } from 'vitest';
import { NAMES } from './names.ts';

const modules: readonly object[] = [autodiff, compile, core, data, encoders, lif, lsnn, slstm, ternary, nn, surrogates, defective, viz];
const exported = new Set(modules.flatMap((module) => Object.keys(module)));

/** Names of parameters, options and states of the models. */
const fields = new Set(
  modules.flatMap((module) =>
    Object.values(module).flatMap((value: unknown) => {
      if (typeof value !== 'object' || value === null || !('states' in value && 'parameters' in value && 'options' in value)) return [];
      const { states, parameters, options } = value as { states: readonly string[]; parameters: object; options: object };
      return [...states, ...Object.keys(parameters), ...Object.keys(options)];
    }),
  ),
);

/** What else may stand alone: types, methods and options of functions. */
const OTHERS = new Set([
  ...['NeuronModel', 'Layer', 'Loss', 'predict', 'read', 'initialState', 'state', 'initial', 'record', 'recordStates'],
  ...['accuracy', 'classes', 'validation', 'negative', 'unit', 'positive'],
]);

const read = (library: string): string => readFileSync(new URL(`../coming-from-${library}.md`, import.meta.url), 'utf8');

/** Rows of all tables, as cells. */
const rows = (text: string): string[][] =>
  text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const spans = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span);

describe.each(Object.keys(NAMES))('%s', (library) => {
  const text = read(library);
  const [differences, names] = text.split('## Every name').map(rows);
  const mapped = names.filter(([, ours]) => ours !== 'here');

  test('every public name of it is mapped', () => {
    const words = new Set(mapped.flatMap(([theirs]) => theirs.match(/[A-Za-z_][A-Za-z_0-9]*/g) ?? []));
    expect(NAMES[library].filter((name) => !words.has(name))).toEqual([]);
  });

  test('every row says what there is here, or why there is nothing', () => {
    expect(mapped.length).toBeGreaterThan(20);
    expect(mapped.filter(([theirs, ours]) => theirs === '' || ours === '')).toEqual([]);
  });

  test('every name of ours exists', () => {
    const ours = [...differences.map(([, , here]) => here ?? ''), ...mapped.map(([, here]) => here)].flatMap(spans);
    const called = ours.flatMap((span) => /^([A-Za-z]\w*)(?:\(|$)/.exec(span)?.slice(1, 2) ?? []);
    const presets = ours.flatMap((span) => span.match(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g) ?? []);
    const unknown = [...called, ...presets].filter((name) => !exported.has(name) && !fields.has(name) && !OTHERS.has(name));
    expect([...new Set(unknown)]).toEqual([]);
  });
});
