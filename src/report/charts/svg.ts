import { View, parse } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { toVega } from '../html/compile.ts';
import type { VegaLiteSpec } from './chart.ts';
import { xmlSafe } from './xml.ts';

/** The chart as a picture; expressions are interpreted, never run as code, and nothing is loaded. */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  const runtime = parse(toVega(spec), undefined, { ast: true });
  const view = new View(runtime, { renderer: 'none', expr: expressionInterpreter });
  return xmlSafe(await view.toSVG());
}
