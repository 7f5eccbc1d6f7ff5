import { compile, type TopLevelSpec } from 'vega-lite';
import type { Spec } from '../charts/chart.ts';

/** A Vega-Lite specification as Vega: what a page can draw without carrying Vega-Lite. */
export function toVega(spec: Spec): Spec {
  return { ...compile(spec as Spec & TopLevelSpec, { logger: SILENT }).spec };
}

/** Vega-Lite warns of what the charts do on purpose, such as data that comes later. */
const SILENT = {
  level: () => SILENT,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT,
};
