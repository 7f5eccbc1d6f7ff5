import type { Graph, OpNode, TensorId } from '../graph/graph.ts';
import { tensorOf } from '../graph/graph.ts';
import { elements, quantity } from '../units.ts';
import { elementsOf, workOf } from '../graph/layers.ts';
import type { Count } from './metric.ts';

/** Parameters that the file stores for these tensors. */
const countStored = (graph: Graph, ids: readonly TensorId[]): number => {
  let total = 0;
  for (let i = 0; i < ids.length; i++) {
    const { role, type, stored } = tensorOf(graph, ids[i] as TensorId);
    if (role !== 'constant' && role !== 'activation') total += stored?.elements ?? elements(type.shape);
  }
  return total;
};

/** The weights among them; one made of several tensors has no more than its own. */
const countWeights = (graph: Graph, ids: readonly TensorId[]): number => {
  let total = 0;
  for (let i = 0; i < ids.length; i++) {
    const { role, type, stored } = tensorOf(graph, ids[i] as TensorId);
    if (role === 'weight') total += Math.min(elements(type.shape), stored?.elements ?? Infinity);
  }
  return total;
};

export const weights: Count<'element', 'weights'> = {
  id: 'weights',
  title: 'weights',
  label: 'weights',
  unit: 'element',
  definition: 'weights of conv, linear and matmul; no bias, no batch normalisation; shared ones once',
  source: 'the #Parameter of arXiv 1911.11929, tables 3 and 4',
  total: 'sum',
  column: { places: { table: 10, markdown: 10, page: 30 }, priority: 70 },
  measure: ({ constants }, { graph }) => quantity(countWeights(graph, constants)),
};

export const params: Count<'element', 'params'> = {
  id: 'params',
  title: 'params',
  label: 'parameters',
  unit: 'element',
  definition:
    'weights, biases, and scale, shift, mean and variance of batch normalisation, and whatever real numbers a file stores besides, in the operator that reads them first; shared ones once; scales and zero points of quantised ones are none',
  source: 'the numbers stored in a Darknet weights file; the real initialisers of an ONNX file',
  total: 'sum',
  measure: ({ constants }, { graph }) => quantity(countStored(graph, constants)),
};

export const macs: Count<'MAC', 'macs'> = {
  id: 'macs',
  title: 'MACs',
  label: 'MACs',
  unit: 'MAC',
  definition: 'multiply-accumulates of conv, linear and matmul, batch included',
  source: 'by definition',
  total: 'sum',
  column: { places: { table: 50, markdown: 20, page: 20 }, priority: 100 },
  measure({ nodes }, { graph }) {
    let total = 0;
    for (let i = 0; i < nodes.length; i++) {
      const work = workOf(graph, nodes[i] as OpNode);
      if (work === undefined) return undefined;
      const { mac = 0, binaryMac = 0 } = work;
      total += mac + binaryMac;
    }
    return quantity(total);
  },
};

export const inputElements: Count<'element', 'inputElements'> = {
  id: 'inputElements',
  title: 'in',
  label: 'elements read',
  unit: 'element',
  definition: 'elements of the activations that the layer reads, each once',
  source: 'by definition',
  total: 'sum',
  measure: ({ inputs }, { graph }) => quantity(elementsOf(graph, inputs)),
};

export const activationElements: Count<'element', 'activationElements'> = {
  id: 'activationElements',
  title: 'out',
  label: 'elements made',
  unit: 'element',
  definition: 'elements of the activations that the layer makes',
  source: 'by definition',
  total: 'sum',
  measure: ({ outputs }, { graph }) => quantity(elementsOf(graph, outputs)),
};

export const peakActivationBytes: Count<'byte', 'peakActivationBytes'> = {
  id: 'peakActivationBytes',
  title: 'live bytes',
  label: 'peak activations',
  unit: 'byte',
  definition: 'activations alive while the layer runs, views and results written in place counted once',
  source: 'by liveness over the execution order',
  total: 'max',
  reach: 'network',
  column: { places: { page: 70 }, priority: 110 },
  measure({ layer }, { liveBytes }) {
    let peak: number | undefined;
    for (let i = layer.first; i < layer.last; i++) {
      const live = liveBytes[i];
      if (live === undefined) return undefined;
      if (peak === undefined || live > peak) peak = live;
    }
    return peak === undefined ? undefined : quantity(peak);
  },
};
