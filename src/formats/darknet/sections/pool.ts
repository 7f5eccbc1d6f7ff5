import { flag, integer, optionalWhole, whole } from '../options.ts';
import { section } from '../section.ts';
import { blurred } from './conv.ts';

const poolOptions = {
  stride: whole(1, 1),
  stride_x: optionalWhole(1),
  stride_y: optionalWhole(1),
  size: optionalWhole(1),
  padding: optionalWhole(0),
};

export const maxpool = section(
  { ...poolOptions, maxpool_depth: flag(), out_channels: whole(1, 1), antialiasing: integer(0) },
  'maxpool_zero_nonmax',
  (l, o) => {
    if (o.maxpool_depth) return l.builder.add('maxout', [l.map], { outChannels: o.out_channels });
    const { stride, stride_x: strideX = stride, stride_y: strideY = stride, size = stride, padding = size - 1 } = o;
    if (o.antialiasing === 0) return l.builder.add('maxPool', [l.map], l.poolWindow(size, strideX, strideY, padding));
    return blurred(l, l.builder.add('maxPool', [l.map], l.poolWindow(size, 1, 1, padding)), o.antialiasing, strideX, strideY);
  },
);

export const localAvgpool = section(poolOptions, '', (l, o) => {
  const { stride, stride_x: strideX = stride, stride_y: strideY = stride, size = stride, padding = size - 1 } = o;
  return l.builder.add('avgPool', [l.map], l.poolWindow(size, strideX, strideY, padding));
});

const AVERAGE = { mode: 'average' } as const;

export const avgpool = section({}, '', (l) => l.builder.add('globalPool', [l.map], AVERAGE));

export const upsample = section({ stride: integer(2) }, 'scale', (l, o) => {
  if (o.stride === 0) l.fail('CSP305', 'stride is 0', 'give the factor, negative to sum instead of repeat');
  return o.stride > 0
    ? l.builder.add('upsample', [l.map], { factor: o.stride })
    : l.builder.add('sumPool', [l.map], { factor: -o.stride });
});

const reorgOptions = { stride: whole(1, 1), reverse: flag() };

export const reorg = section(reorgOptions, '', (l, o) =>
  l.builder.add('reorg', [l.map], { block: o.stride, inverse: o.reverse, order: 'reorg' }),
);

export const reorg3d = section(reorgOptions, '', (l, o) =>
  l.builder.add('reorg', [l.map], { block: o.stride, inverse: o.reverse, order: 'reorg3d' }),
);

export const crop = section(
  { crop_height: whole(1, 1), crop_width: whole(1, 1) },
  'flip angle saturation exposure noadjust shift',
  (l, o) => {
    let result = l.map;
    const extents = [o.crop_height, o.crop_width];
    extents.forEach((extent, i) => {
      const axis = i + 2;
      const start = Math.floor(((l.shapeOf(result)[axis] as number) - extent) / 2);
      result = l.builder.add('slice', [result], { axis, start, end: start + extent });
    });
    return result;
  },
);
