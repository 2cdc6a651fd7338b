/** A convolutional network of TensorFlow.js as a `tf.LayersModel` user has one: images in, features out. Its kernels are random and fixed. */
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** Numbers per image that the network gives. */
export const FEATURES = 400;

/** `[B, 28, 28, 1] -> [B, FEATURES]`: two convolutions with pooling. Put a trained network of your own here: `tf.loadLayersModel(url)`. */
export function featureNetwork(): LayersModel {
  const kernels = (seed: number) => ({ kernelSize: 3, activation: 'relu', kernelInitializer: initializers.heNormal({ seed }) }) as const;
  return sequential({
    layers: [
      layers.conv2d({ ...kernels(1), filters: 8, inputShape: [28, 28, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ ...kernels(2), filters: 16 }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
    ],
  });
}
