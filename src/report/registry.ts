import type { Renderer } from './renderer.ts';
import { renderTable } from './table.ts';

/**
 * Formats of a profile. A new one is its file and its name here.
 * The default is at hand; the others are loaded when they are asked for.
 */
export const FORMATS = {
  table: () => Promise.resolve(renderTable),
  json: () => import('./json.ts').then((module) => module.renderJson),
  csv: () => import('./csv.ts').then((module) => module.renderCsv),
  markdown: () => import('./markdown.ts').then((module) => module.renderMarkdown),
  bencher: () => import('./history.ts').then((module) => module.renderBencher),
  'benchmark-action': () => import('./history.ts').then((module) => module.renderBenchmarkAction),
} as const satisfies Record<string, () => Promise<Renderer>>;

/** Id of a format of profiles. */
export type Format = keyof typeof FORMATS;
