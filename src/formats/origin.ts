import type { Origin } from '../diagnostics.ts';
import { choice, fields, natural, optional, text, type FieldTypes, type ValueType } from '../values.ts';
import type { OriginPart, OriginParts } from './format.ts';
import { FORMATS } from './registry.ts';

/** The type of each part of a place. */
export const ORIGIN_PARTS: Readonly<Record<OriginPart, 'text' | 'number'>> = {
  file: 'text',
  line: 'number',
  section: 'text',
  index: 'number',
  node: 'text',
  op: 'text',
  module: 'text',
  architecture: 'text',
  scope: 'text',
  path: 'text',
  argument: 'text',
};

/** What has places and is no network. */
const OTHERS: Readonly<Record<string, OriginParts>> = {
  config: { file: 'required', line: 'optional', path: 'optional' },
  cli: { argument: 'optional' },
};

const checkOf = (id: string, parts: OriginParts): ValueType<unknown> => {
  const types = (Object.entries(parts) as [OriginPart, 'required' | 'optional'][]).map(([part, when]) => {
    const type: ValueType<unknown> = ORIGIN_PARTS[part] === 'number' ? natural : text;
    return [part, when === 'required' ? type : optional(type)] as const;
  });
  return fields(Object.fromEntries([['format', choice([id])], ...types]) as FieldTypes<object>);
};

const CHECKS: ReadonlyMap<string, ValueType<unknown>> = new Map([
  ...FORMATS.map(({ id, origin }) => [id, checkOf(id, origin)] as const),
  ...Object.entries(OTHERS).map(([id, parts]) => [id, checkOf(id, parts)] as const),
]);

/** What `Origin.format` may be. */
export const ORIGIN_IDS: readonly string[] = [...CHECKS.keys()];

/** A place, as JSON states it: the parts that its format has, and no others. */
export const ORIGIN: ValueType<Origin> = {
  mismatch(value) {
    const format: unknown =
      typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
    const check = typeof format === 'string' ? CHECKS.get(format) : undefined;
    return check === undefined
      ? { path: '.format', problem: `must be one of ${ORIGIN_IDS.join(', ')}` }
      : check.mismatch(value);
  },
};
