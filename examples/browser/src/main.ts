// The page: what the user does goes to the worker as orders, what comes back is shown. No computing here.

import { recent, showCurves, showObservation } from './charts.ts';
import { CHOICES, type Choice } from './choices.ts';
import { element } from './element.ts';
import type { News, Order } from './messages.ts';
import { makePad } from './pad.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const form = element('training', HTMLFormElement);
const backend = element('backend', HTMLSelectElement);
const digit = element('example-digit', HTMLSelectElement);
const [train, stop] = [element('train', HTMLButtonElement), element('stop', HTMLButtonElement)];
const [state, answer, problem] = [element('state'), element('answer'), element('error')];
const progress = element('progress', HTMLProgressElement);

for (const [value, name] of Object.entries(CHOICES)) backend.add(new Option(name, value));
for (let i = 0; i < 10; i++) digit.add(new Option(String(i), String(i)));
element('page-allows').textContent = crossOriginIsolated
  ? 'isolated from other origins: threads may share memory'
  : 'not isolated from other origins: no memory is shared between threads';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const order = (what: Order): void => worker.postMessage(what);
const folder = new URL('.', document.baseURI).href;

/** What happened in the training that is shown. */
const history = {
  losses: [] as number[],
  accuracies: [] as number[],
  tests: [] as (readonly [step: number, accuracy: number])[],
  trained: false,
  drawing: false,
};

function busy(is: boolean): void {
  train.disabled = is;
  stop.disabled = !is;
  backend.disabled = is;
}

/** Curves, at most once per frame. */
function redraw(): void {
  if (history.drawing) return;
  history.drawing = true;
  requestAnimationFrame(() => {
    history.drawing = false;
    showCurves(history);
  });
}

function fail(message: string): void {
  problem.textContent = message;
  problem.hidden = false;
  state.textContent = 'Stopped by an error.';
  busy(false);
}

function hear(news: News): void {
  switch (news.kind) {
    case 'loading':
      state.textContent = news.what;
      return;
    case 'step':
      history.losses.push(news.loss);
      history.accuracies.push(news.accuracy);
      history.trained = true;
      progress.value = news.step / news.steps;
      state.textContent = `Step ${news.step} of ${news.steps}`;
      element('loss').textContent = recent(history.losses).toFixed(3);
      element('accuracy').textContent = percent(recent(history.accuracies));
      element('speed').textContent = String(Math.round(news.samplesPerSecond));
      element('backend-name').textContent = news.running.backend;
      element('executed-by').textContent = news.running.executedBy;
      redraw();
      return;
    case 'tested':
      history.tests.push([news.step, news.accuracy]);
      element('tested').textContent = percent(news.accuracy);
      redraw();
      return;
    case 'observed':
      showObservation(news.observation);
      return;
    case 'example':
      pad.show(news.pixels);
      return;
    case 'ended':
      state.textContent = news.stopped ? `Stopped after ${history.losses.length} steps; what was learnt is kept.` : 'Trained.';
      busy(false);
      return;
    case 'failed':
      fail(news.message);
  }
}

worker.onmessage = ({ data }: MessageEvent<News>): void => hear(data);
worker.onerror = (event): void => fail(`The worker failed: ${event.message ?? 'it could not be started'}.`);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  problem.hidden = true;
  history.losses.length = 0;
  history.accuracies.length = 0;
  history.tests.length = 0;
  element('tested').textContent = '–';
  busy(true);
  const number = (id: string): number => element(id, HTMLInputElement).valueAsNumber;
  order({ kind: 'train', backend: backend.value as Choice, epochs: number('epochs'), seed: number('seed'), folder });
});
stop.addEventListener('click', () => order({ kind: 'stop' }));

const pad = makePad(element('pad', HTMLCanvasElement), (pixels) => {
  if (pixels === null) {
    answer.textContent = 'Draw a digit, or take a test image.';
    return;
  }
  if (!history.trained) answer.textContent = 'The network has to be trained first.';
  order({ kind: 'look', pixels });
});
element('clear').addEventListener('click', () => pad.clear());
element('example').addEventListener('click', () => order({ kind: 'example', digit: Number(digit.value), folder }));

showCurves(history);
// something to look at from the beginning
order({ kind: 'example', digit: 3, folder });
