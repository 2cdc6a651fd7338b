/** `@snn/neurons-slstm`: spiking LSTM cells as pure step functions. */
export { type SlstmOptions, type SlstmResetMode, winner } from './cell.ts';
export * from './sconv2d-lstm.ts';
export * from './slstm.ts';
