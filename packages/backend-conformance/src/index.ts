/** `@snn/backend-conformance`: the reference backend and the suite that every backend, ours or not, must pass. */
export { type ReferenceBackend, type ReferenceOptions, type ReferenceTensor, reference } from './reference.ts';
