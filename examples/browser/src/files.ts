// Where the files of MNIST lie, from the page.

/** The two parts of MNIST. */
export type SetName = 'train' | 'test';

export const FILES: Readonly<Record<SetName, { readonly images: string; readonly labels: string }>> = {
  train: { images: 'mnist/train-images-idx3-ubyte', labels: 'mnist/train-labels-idx1-ubyte' },
  test: { images: 'mnist/t10k-images-idx3-ubyte', labels: 'mnist/t10k-labels-idx1-ubyte' },
};
