/** `@snn/nn`: layers, losses, optimisers and training. */
export type { Callback, EpochReport, FitResult, StepReport } from './callbacks/callback.ts';
export { type EarlyStoppingOptions, earlyStopping } from './callbacks/early-stopping.ts';
export { jsonLog } from './callbacks/json-log.ts';
export { type ProgressOptions, progress } from './callbacks/progress.ts';
export type { Batch, Dataset } from './dataset.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
export { type FitOptions, fit } from './fit.ts';
export {
  type Context,
  type Layer,
  prepare,
  type Recorder,
  type RecordKind,
  type StepFunction,
  stateless,
  type UsedParameters,
} from './layer.ts';
export { type Conv2dLayerOptions, conv2d } from './layers/conv2d.ts';
export { dropout } from './layers/dropout.ts';
export { flatten } from './layers/flatten.ts';
export { type LinearOptions, linear } from './layers/linear.ts';
export { type NeuronOptions, type NeuronSize, neuron } from './layers/neuron.ts';
export {
  cooldown,
  discontinuous,
  integrateAndFire,
  leaky,
  leakyReadout,
  li,
  liBox,
  lif,
  lifBox,
  noReset,
  type OptionsOf,
  synaptic,
} from './layers/neurons.ts';
export { avgPool2d, maxPool2d } from './layers/pool.ts';
export { type RecurrentOptions, recurrent } from './layers/recurrent.ts';
export { sequential } from './layers/sequential.ts';
export { type SlstmLayerOptions, slstm } from './layers/slstm.ts';
export { type Forward, lossOf, type Objective, type SpikeCounts } from './loss-of.ts';
export {
  type CrossEntropyOptions,
  crossEntropy,
  crossEntropyOfCount,
  crossEntropyOfMaximum,
  crossEntropyOfRate,
  crossEntropyOverTime,
} from './losses/cross-entropy.ts';
export type { Loss, PopulationOptions, Readout } from './losses/loss.ts';
export {
  meanSquaredError,
  meanSquaredErrorOfCount,
  meanSquaredErrorOfMaximum,
  meanSquaredErrorOfRate,
  meanSquaredErrorOverTime,
  type SquaredErrorOptions,
} from './losses/mean-squared-error.ts';
export { l1Rate, type Regularizer, rateAbove, rateBelow } from './losses/regularizer.ts';
export {
  crossEntropyOfSpikeTime,
  meanSquaredErrorOfSpikeTime,
  type SpikeTimeEntropyOptions,
  type SpikeTimeErrorOptions,
  spikeTimeError,
  spikeTimes,
} from './losses/spike-time.ts';
export {
  accuracyOfCounts,
  accuracyOfMaximum,
  confusionMatrix,
  countOperations,
  type OperationCount,
  type Operations,
  predictions,
  rates,
  spikesPerSample,
} from './metrics.ts';
export { createModel, disposeTree, type Model, type ModelOptions, type Values } from './model.ts';
export { type AdamOptions, type AdamWOptions, adam, adamax, adamW } from './optimizers/adam.ts';
export { clipByNorm } from './optimizers/clip.ts';
export { applyUpdates, chain, type Optimizer, type Schedule } from './optimizers/optimizer.ts';
export { constant, cosine, stepDecay, warmUp } from './optimizers/schedules.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';
export { type Learnable, learnable, type ParameterOption } from './parameter.ts';
export { type RunOptions, type RunResult, run } from './run.ts';
export { readSafetensors, type Stored, type StoredTensor, writeSafetensors } from './safetensors.ts';
export type { SummaryOptions } from './summary.ts';
