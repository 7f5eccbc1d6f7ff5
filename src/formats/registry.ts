import { DARKNET } from './darknet/format.ts';
import { DOT } from './dot/format.ts';
import type { Format, ViewerFormat } from './format.ts';
import { JSON_GRAPH } from './json/format.ts';
import { MODEL_EXPLORER } from './model-explorer/format.ts';
import { MODULE } from './mjs/format.ts';
import { NCNN } from './ncnn/format.ts';
import { NETRON } from './netron/format.ts';
import { ONNX } from './onnx/format.ts';
import { TFLITE } from './tflite/format.ts';
import { ZOO } from './zoo/format.ts';

/**
 * Every kind of network, in the order in which bytes of no known name are looked at. A new one is its folder and
 * one name here: readers and writers, the command line, reports, JSON and its schemas take it from this list.
 */
export const FORMATS: readonly Format[] = [DARKNET, ONNX, TFLITE, NCNN, JSON_GRAPH, MODULE, ZOO];

/** Files for programs that show networks. */
export const VIEWER_FORMATS: readonly ViewerFormat[] = [DOT, NETRON, MODEL_EXPLORER];

/** What `Graph.format` may be. */
export const FORMAT_IDS: readonly string[] = FORMATS.map(({ id }) => id);

/** The format that a graph or an origin names. */
export const formatById = (id: string): Format | undefined => FORMATS.find((format) => format.id === id);

/** The format whose files end as this one does. */
export function formatByName(file: string): Format | undefined {
  const name = file.toLowerCase();
  return FORMATS.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
}

/** What to do with operators that are not known, where the user did not say. */
export const onUnknownIn = (file: string): 'opaque' | 'error' =>
  formatByName(file)?.handwritten === true ? 'error' : 'opaque';
