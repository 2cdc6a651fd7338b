/** `@snn/encoders`: values to spikes and back. Time is the first axis. */
export { constantCurrent } from './constant-current.ts';
export { decodeMaximum } from './decode-maximum.ts';
export { decodeRate } from './decode-rate.ts';
export { decodeSpikeTimes } from './decode-spike-times.ts';
export { decodeSum } from './decode-sum.ts';
export { type DeltaOptions, delta } from './delta.ts';
export { firstSpike } from './first-spike.ts';
export { type LatencyOptions, latency, latencyTimes } from './latency.ts';
export { poisson, poissonOn } from './poisson.ts';
export { type PopulationOptions, population } from './population.ts';
export { ramp } from './ramp.ts';
export { rate, rateOn } from './rate.ts';
export { type Levels, regularSpikes, sawtooth, type TargetRateOptions, targetLatency, targetOneHot, targetRate } from './targets.ts';
