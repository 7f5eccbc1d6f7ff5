import { tensorOf, type TensorId } from '../graph/graph.ts';
import { byteLength } from '../ops/dtype.ts';
import { elements, quantity } from '../units.ts';
import type { Count } from './metric.ts';

export const parameterBytes: Count<'byte', 'parameterBytes'> = {
  id: 'parameterBytes',
  title: 'stored',
  label: 'parameter bytes',
  unit: 'byte',
  definition:
    'bytes of the parameters as stored: each in its own element type, packed, with the scales and zero points of quantised ones; shared ones once',
  source: 'by definition; elements of less than a byte are packed, and each tensor ends at a whole byte',
  total: 'sum',
  measure({ constants }, { graph }) {
    let total = 0;
    for (let i = 0; i < constants.length; i++) {
      const { role, type, stored } = tensorOf(graph, constants[i] as TensorId);
      if (role === 'constant' || role === 'activation') continue;
      const bytes = stored?.bytes ?? byteLength(type.dtype, elements(type.shape));
      if (bytes === undefined) return undefined;
      total += bytes;
    }
    return quantity(total);
  },
};
