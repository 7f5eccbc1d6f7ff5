import { SCHEMA_VERSION } from '../analysis/readProfile.ts';
import type { Renderer } from './renderer.ts';
import { inertJson } from '../inertJson.ts';

/** The whole profile as JSON, one layer a line, integers exact; absent means not defined or not known. */
export const renderJson: Renderer = (profile, { tool }) => {
  const { layers, ...rest } = profile;
  const head = inertJson({ schemaVersion: SCHEMA_VERSION, tool, ...rest }, 2);
  const rows = layers.map((layer) => `    ${inertJson(layer)}`).join(',\n');
  return `${head.slice(0, -2)},\n  "layers": [${rows === '' ? '' : `\n${rows}\n  `}]\n}\n`;
};
