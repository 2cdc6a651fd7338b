/** `@snn/learning`: learning rules beside backpropagation through time, as values for `fit`. */
export { type EpropOptions, eprop } from './eprop/eprop.ts';
export type { Feedback } from './eprop/feedback.ts';
export { type EventpropOptions, eventprop } from './eventprop/eventprop.ts';
export { type OtttOptions, ottt } from './ottt.ts';
export type { UpdateTime } from './over-steps.ts';
export {
  REWARD_STDP_PARAMETERS,
  type Reward,
  type RewardStdpOptions,
  type RewardStdpParameters,
  type RewardStdpState,
  rewardStdp,
  rewardStdpStep,
} from './reward-stdp.ts';
export { type SlttOptions, sltt } from './sltt.ts';
export { type StdpRuleOptions, stdp } from './stdp.ts';
