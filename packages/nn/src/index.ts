/** `@snn/nn`: layers, losses, optimisers and training. */
export type { Callback, EpochReport, FitResult, StepReport } from './callbacks/callback.ts';
export { type EarlyStoppingOptions, earlyStopping } from './callbacks/early-stopping.ts';
export { jsonLog } from './callbacks/json-log.ts';
export { type ProgressOptions, progress } from './callbacks/progress.ts';
export type { CompiledOptions, CompiledParts } from './compiled.ts';
export { type ConvertOptions, convert } from './convert.ts';
export { type Batch, type Dataset, inputsOf } from './dataset.ts';
export { ENERGY_45NM, type EnergyConstants, energy } from './energy.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
export { type FitOptions, fit } from './fit.ts';
export { fold } from './fold.ts';
export {
  type Context,
  type Folded,
  type Layer,
  type LayerWithParameters,
  type OverSteps,
  type Part,
  type PlaceholderAccess,
  prepare,
  type Recorder,
  type RecordKind,
  type StepFunction,
  stateless,
  type UsedParameters,
} from './layer.ts';
export { type ActivationLayer, type QcfsOptions, qcfs, relu } from './layers/activations.ts';
export { batchNormThroughTime } from './layers/batch-norm-through-time.ts';
export { type Conv2dLayerOptions, conv2d } from './layers/conv2d.ts';
export { type DelayedOptions, delayed } from './layers/delayed.ts';
export { dropout } from './layers/dropout.ts';
export { flatten } from './layers/flatten.ts';
export { gradedSpikes } from './layers/graded-spikes.ts';
export type { LayerOf, OptionsOf } from './layers/layer-of.ts';
export { type LinearOptions, linear } from './layers/linear.ts';
export { type Modifiable, type Modification, modified } from './layers/modified.ts';
export { type MultiCompartmentLifLayerOptions, multiCompartmentLif } from './layers/multi-compartment-lif.ts';
export { type NeuronOptions, type NeuronSize, neuron } from './layers/neuron.ts';
export {
  alpha,
  conductanceLif,
  cooldown,
  discontinuous,
  exponentialFilter,
  integrateAndFire,
  izhikevich,
  lapicque,
  leaky,
  leakyReadout,
  li,
  liBox,
  lif,
  lifBox,
  lifRefractory,
  noReset,
  recurrentLeaky,
  recurrentSynaptic,
  synaptic,
  tsodyksMakram,
} from './layers/neurons-lif.ts';
export {
  adaLif,
  adaptive,
  adLif,
  alif,
  lifAdex,
  lifEx,
  lsnn,
  seAdLif,
} from './layers/neurons-lsnn.ts';
export {
  dli,
  dlib,
  dliema,
  dlit,
  dlits,
  drlib,
  drlit,
  drlits,
  dsli,
  dslib,
  dsliema,
  dslit,
  dslits,
  dsrlib,
  dsrlit,
  dsrlits,
  lib,
  liema,
  lit,
  lits,
  rlib,
  rlit,
  rlits,
  sli,
  slib,
  sliema,
  slit,
  slits,
  srlib,
  srlit,
  srlits,
  traceLi,
} from './layers/neurons-ternary.ts';
export type { NormalisationOptions } from './layers/normalisation.ts';
export { feedback, type InitialFeedback, type Placeholder, placeholder } from './layers/placeholder.ts';
export { avgPool2d, maxPool2d } from './layers/pool.ts';
export {
  type IntegerWeights,
  int8,
  integerWeights,
  type Quantized,
  type QuantizedLayer,
  quantized,
  ternary,
  type WeightQuantizer,
} from './layers/quantized.ts';
export { type RecurrentOptions, recurrent } from './layers/recurrent.ts';
export { recurrentCell } from './layers/recurrent-cell.ts';
export { type Sconv2dLstmLayerOptions, sconv2dLstm } from './layers/sconv2d-lstm.ts';
export { sequential } from './layers/sequential.ts';
export { type SlstmLayerOptions, slstm } from './layers/slstm.ts';
export { type TdBatchNormOptions, tdBatchNorm } from './layers/td-batch-norm.ts';
export { teBatchNorm } from './layers/te-batch-norm.ts';
export type { Learner, LearningBatch, LearningRule } from './learning-rule.ts';
export { type Forward, gradientOf, lossOf, type Objective, type SpikeCounts, withMeasured } from './loss-of.ts';
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
  meanSquaredErrorToTarget,
  type SquaredErrorOptions,
  squaredErrorTo,
  type TargetFunction,
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
export { type Updated, type Updater, updaterOf } from './optimizers/updater.ts';
export { type Learnable, learnable, type ParameterOption } from './parameter.ts';
export { type RunOptions, type RunResult, run, type StepOnceResult, stepOnce } from './run.ts';
export { readSafetensors, type Stored, type StoredTensor, writeSafetensors } from './safetensors.ts';
export { type StaticMetrics, staticMetrics } from './static-metrics.ts';
export type { Stream, StreamOptions } from './stream.ts';
export type { SummaryOptions } from './summary.ts';
export { type SynapticOperations, type Workload, workload } from './workload.ts';
