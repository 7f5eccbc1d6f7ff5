import type { Origin } from './diagnostics.ts';
import { choice, fields, natural, optional, text, type Mismatch, type ValueType } from './values.ts';

/** Entries whose type depends on the text in one of their properties. */
function tagged<V>(tag: string, variants: ReadonlyMap<string, ValueType<V>>): ValueType<V> {
  return {
    mismatch(value): Mismatch | undefined {
      const found = new Map<string, unknown>(Object.entries(value ?? {})).get(tag);
      const variant = typeof found === 'string' ? variants.get(found) : undefined;
      if (variant !== undefined) return variant.mismatch(value);
      return { path: `.${tag}`, problem: `must be one of ${[...variants.keys()].join(', ')}` };
    },
  };
}

type OriginOf<F extends Origin['format']> = Extract<Origin, { readonly format: F }>;

const inFile = fields<OriginOf<'json' | 'module' | 'config'>>({
  format: choice(['json', 'module', 'config']),
  file: text,
  line: optional(natural),
  path: optional(text),
});

/** A place in a file, as JSON states it. */
export const ORIGIN: ValueType<Origin> = tagged(
  'format',
  new Map<string, ValueType<Origin>>([
    [
      'darknet',
      fields<OriginOf<'darknet'>>({
        format: choice(['darknet']),
        file: text,
        line: natural,
        section: optional(text),
        index: optional(natural),
      }),
    ],
    [
      'onnx',
      fields<OriginOf<'onnx'>>({
        format: choice(['onnx']),
        file: text,
        node: optional(text),
        op: optional(text),
      }),
    ],
    ['zoo', fields<OriginOf<'zoo'>>({ format: choice(['zoo']), architecture: text, scope: optional(text) })],
    ['json', inFile],
    ['module', inFile],
    ['config', inFile],
    ['cli', fields<OriginOf<'cli'>>({ format: choice(['cli']), argument: optional(text) })],
  ]),
);
