// What the network can be asked to run on, by the names that the page shows. One more is one more line, and its maker in backends.ts.

export const CHOICES = {
  cpu: 'CPU',
  plain: 'CPU, plain JavaScript',
  'tfjs-webgl': 'TensorFlow.js, WebGL',
  'tfjs-wasm': 'TensorFlow.js, WebAssembly',
  'gpu-auto': 'gpu.js, the first that works here',
  'gpu-webgpu': 'gpu.js, WebGPU',
  'gpu-webgl2': 'gpu.js, WebGL 2',
  'gpu-webgl': 'gpu.js, WebGL',
  'gpu-webasm': 'gpu.js, WebAssembly',
} as const;

export type Choice = keyof typeof CHOICES;
