import type { GateRenderer } from './report.ts';
import { renderGateTable } from './table.ts';

/** Formats of the gate. A new one is its file and its name here. */
export const GATE_FORMATS = {
  table: () => Promise.resolve(renderGateTable),
  json: () => import('./json.ts').then((module) => module.renderGateJson),
  markdown: () => import('./markdown.ts').then((module) => module.renderGateMarkdown),
  junit: () => import('./junit.ts').then((module) => module.renderJunit),
  sarif: () => import('./sarif.ts').then((module) => module.renderSarif),
  github: () => import('./github.ts').then((module) => module.renderGithub),
} as const satisfies Record<string, () => Promise<GateRenderer>>;

export type GateFormat = keyof typeof GATE_FORMATS;
