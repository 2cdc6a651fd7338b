/** `@snn/learning`: learning rules beside backpropagation through time, as values for `fit`. */
export { type EpropOptions, eprop } from './eprop/eprop.ts';
export type { Feedback } from './eprop/feedback.ts';
export { type EventpropOptions, eventprop } from './eventprop/eventprop.ts';
export { type OtttOptions, ottt } from './ottt.ts';
export type { UpdateTime } from './over-steps.ts';
export { type SlttOptions, sltt } from './sltt.ts';
