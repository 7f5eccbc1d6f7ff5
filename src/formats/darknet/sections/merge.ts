import type { TensorId } from '../../../graph/graph.ts';
import { dim, type Shape } from '../../../ops/spec.ts';
import { CHANNELS, IDENTITY, type Lowering } from '../lower.ts';
import { flag, integers, text, whole } from '../options.ts';
import { section } from '../section.ts';

/** All as they are, or all as maps where one of them is a map. */
function sameRank(l: Lowering, tensors: readonly TensorId[]): readonly TensorId[] {
  return tensors.some((tensor) => l.shapeOf(tensor).length > 2)
    ? tensors.map((tensor) => l.image(tensor))
    : tensors;
}

export const route = section(
  { layers: integers(), groups: whole(1, 1), group_id: whole(0, 0) },
  'stream wait_stream',
  (l, o) => {
    let parts = sameRank(l, l.resultsOf(o.layers, 'layers'));
    if (o.group_id >= o.groups) {
      l.fail(
        'CSP333',
        `group_id is ${String(o.group_id)} of ${String(o.groups)} groups`,
        'count group_id from 0',
      );
    }
    if (o.groups > 1) {
      parts = parts.map((part) => {
        const width = dim(l.shapeOf(part), 1) / o.groups;
        if (!Number.isInteger(width)) {
          l.fail(
            'CSP333',
            `${String(o.groups)} groups do not divide ${String(width * o.groups)} channels`,
            'choose groups that divide the channels of every routed layer',
          );
        }
        return l.builder.add('slice', [part], {
          axis: 1,
          start: width * o.group_id,
          end: width * (o.group_id + 1),
        });
      });
    } else if (parts.length === 1) {
      return l.builder.add('identity', parts, IDENTITY);
    }
    return parts.length === 1 ? (parts[0] as TensorId) : l.builder.add('concat', parts, CHANNELS);
  },
);

const EXACT = { align: 'exact' } as const;
const COMMON = { align: 'common' } as const;

const equal = (a: Shape, b: Shape): boolean => a === b || a.join() === b.join();

export const shortcut = section(
  {
    from: integers(),
    activation: text('linear'),
    weights_type: text('none'),
    weights_normalization: text('none'),
  },
  '',
  (l, o) => {
    const maps = sameRank(l, [l.input, ...l.resultsOf(o.from, 'from')]);
    if (o.weights_type === 'none') {
      const alike = maps.every((map) => equal(l.shapeOf(map), l.shapeOf(maps[0] as TensorId)));
      return l.activate(l.builder.add('add', maps, alike ? EXACT : COMMON), o.activation);
    }
    const per = WEIGHTS_TYPES.get(o.weights_type);
    const normalize = WEIGHTS_NORMALIZATIONS.get(o.weights_normalization);
    if (per === undefined) {
      return l.fail('CSP334', `weights_type is "${o.weights_type}"`, 'use none, per_feature or per_channel');
    }
    if (normalize === undefined) {
      return l.fail(
        'CSP334',
        `weights_normalization is "${o.weights_normalization}"`,
        'use relu or softmax: Darknet refuses weights without one',
      );
    }
    return l.activate(l.builder.add('weightedAdd', maps, { per, normalize }), o.activation);
  },
);

export const WEIGHTS_TYPES: ReadonlyMap<string, 'map' | 'channel'> = new Map([
  ['per_feature', 'map'],
  ['per_layer', 'map'],
  ['per_channel', 'channel'],
]);

export const WEIGHTS_NORMALIZATIONS: ReadonlyMap<string, 'relu' | 'softmax'> = new Map([
  ['relu', 'relu'],
  ['avg_relu', 'relu'],
  ['softmax', 'softmax'],
]);

export const scaleChannels = section(
  { from: integers(), scale_wh: flag(), activation: text('linear') },
  '',
  (l, o) => {
    const [map, scale] = [l.image(l.resultOf(o.from)), l.map];
    const { 1: channels, 2: height, 3: width } = l.shapeOf(scale);
    if (o.scale_wh ? channels !== 1 : height !== 1 || width !== 1) {
      l.fail(
        'CSP335',
        `a map of ${l.shapeOf(scale).join('x')} is no scale per ${o.scale_wh ? 'position' : 'channel'}`,
        o.scale_wh ? 'make it one channel deep' : 'put an [avgpool] before it, or set scale_wh=1',
      );
    }
    return l.activate(l.builder.add('mul', [map, scale], {}), o.activation);
  },
);

export const sam = section({ from: integers(), activation: text('linear') }, '', (l, o) => {
  const [map, scale] = [l.image(l.resultOf(o.from)), l.map];
  if (!equal(l.shapeOf(map), l.shapeOf(scale))) {
    l.fail(
      'CSP335',
      `cannot multiply ${l.shapeOf(map).join('x')} by ${l.shapeOf(scale).join('x')}`,
      'give both maps the same shape, or use [scale_channels]',
    );
  }
  return l.activate(l.builder.add('mul', [map, scale], {}), o.activation);
});
