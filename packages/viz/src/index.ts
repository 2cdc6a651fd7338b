/** `@snn/viz`: charts as SVG strings and a report as one HTML string. Pure functions, for any environment. */
export { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';
export { type GreyImage, greyImage } from './image.ts';
export { type LineChart, lineChart, type Series } from './line-chart.ts';
export { type SpikeRaster, spikeRaster } from './raster.ts';
export { htmlReport, type Report, type ReportFigure, type ReportSection, type ReportTable } from './report.ts';
export type { Range } from './scale.ts';
export { type MembraneTraces, membraneTraces } from './traces.ts';
