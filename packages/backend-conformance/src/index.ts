/** `@snn/backend-conformance`: the reference backend and the suite that every backend, ours or not, must pass. */
export { type ReferenceBackend, type ReferenceOptions, type ReferenceTensor, reference } from './reference.ts';
export { type ConformanceReport, conformanceReport, type GroupReport, REPORT_HEAD, reportRow } from './report.ts';
export { type BackendFactory, type ConformanceOptions, conformance } from './suite.ts';
