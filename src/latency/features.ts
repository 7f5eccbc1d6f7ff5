import type { CalibrationFeature, FeatureCalibration } from '../devices/device.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { elementsOf, layerViews, workOf } from '../graph/layers.ts';
import { amount, elements, type Seconds } from '../units.ts';

/** What a calibration multiplies, for one layer. */
export type LayerFeatures = Readonly<Record<Exclude<CalibrationFeature, 'inference'>, number>>;

/** The calibration features of every layer; undefined where an operator is not known. */
export function layerFeatures(graph: Graph): readonly (LayerFeatures | undefined)[] {
  return [...layerViews(graph)].map(({ nodes, inputs, outputs }) => {
    let flops = 0;
    let reductionDepth = 0;
    let boxes = 0;
    let weights = 0;
    let detects = false;
    for (const node of nodes) {
      const work = workOf(graph, node);
      if (work === undefined) return undefined;
      const kernel = node.kind === 'conv' ? weightsOf(graph, node) : undefined;
      if (node.kind === 'conv' && kernel !== undefined) {
        weights += kernel;
        reductionDepth += kernel / node.attrs.outChannels;
      }
      if (node.kind === 'conv' && work.mac !== undefined) flops += 2 * work.mac;
      if (node.kind === 'maxPool' && work.compare !== undefined) flops += work.compare;
      if (node.kind === 'yolo') {
        detects = true;
        boxes += boxesOf(graph, node);
      }
    }
    const moved = elementsOf(graph, inputs) + elementsOf(graph, outputs) + weights;
    return { flops, bytes: detects ? 0 : FLOAT32 * moved, reductionDepth, boxes };
  });
}

/** The calibration features of a network for one inference; undefined where an operator is not known. */
export function networkFeatures(graph: Graph): Readonly<Record<CalibrationFeature, number>> | undefined {
  const total = { flops: 0, bytes: 0, reductionDepth: 0, boxes: 0, inference: 1 };
  for (const layer of layerFeatures(graph)) {
    if (layer === undefined) return undefined;
    for (const feature of LAYER_FEATURES) total[feature] += layer[feature];
  }
  return total;
}

const LAYER_FEATURES = ['flops', 'bytes', 'reductionDepth', 'boxes'] as const;

/** Calibrations are of float32, whatever the graph states. */
const FLOAT32 = 4;

/** Seconds that a calibration gives for one layer. */
export function calibratedSeconds({ secondsPer }: FeatureCalibration, features: LayerFeatures): Seconds {
  let seconds = 0;
  for (const feature of LAYER_FEATURES) {
    const per = secondsPer[feature];
    if (per !== undefined) seconds += per * features[feature];
  }
  return amount(seconds);
}

function weightsOf(graph: Graph, node: OpNode): number {
  let count = 0;
  for (const ids of [node.inputs, node.params]) {
    for (const id of ids) {
      const { role, type } = tensorOf(graph, id);
      if (role === 'weight') count += elements(type.shape);
    }
  }
  return count;
}

function boxesOf(graph: Graph, node: OpNode<'yolo'>): number {
  const [batch = 1, , ...positions] = tensorOf(graph, node.outputs[0] as TensorId).type.shape;
  return node.attrs.anchors * batch * elements(positions);
}
