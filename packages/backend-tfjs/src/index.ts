/** `@snn/backend-tfjs`: a backend on any device of TensorFlow.js. */
export type { Handle, Tf, TfTensor } from './tf.ts';
export { type TfjsBackend, tfjs } from './tfjs.ts';
