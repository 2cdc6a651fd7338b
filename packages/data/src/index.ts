/** `@snn/data`: readers of data sets, from bytes. Reading files is the business of `@snn/data/node`. */
export { type IdxArray, readIdx } from './idx.ts';
export { type ImageSet, mnist, take } from './mnist.ts';
export { type YinYang, yinYang } from './yin-yang.ts';
