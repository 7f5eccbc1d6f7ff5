import type { SlidingWindow } from '../../../ops/window.ts';
import { squareWindow } from '../lower.ts';
import { memo } from '../memo.ts';
import { flag, integer, optionalWhole, whole, type OptionValues } from '../options.ts';
import { section } from '../section.ts';
import { blurred } from './conv.ts';

const poolOptions = {
  stride: whole(1, 1),
  stride_x: optionalWhole(1),
  stride_y: optionalWhole(1),
  size: optionalWhole(1),
  padding: optionalWhole(0),
};

/** The window, without its stride where a filter behind it takes that over. */
function windowOf(o: OptionValues<typeof poolOptions>, strided: boolean): SlidingWindow {
  const { size = o.stride } = o;
  const { padding = size - 1 } = o;
  const [strideX, strideY] = strided ? stridesOf(o) : [1, 1];
  return squareWindow(size, strideX, strideY, 1, Math.floor(padding / 2), padding);
}

const stridesOf = (o: OptionValues<typeof poolOptions>): [number, number] => [
  o.stride_x ?? o.stride,
  o.stride_y ?? o.stride,
];

const maxWindow = memo((o: OptionValues<typeof maxpoolOptions>) => windowOf(o, o.antialiasing === 0));
const averageWindow = memo((o: OptionValues<typeof poolOptions>) => windowOf(o, true));

const maxpoolOptions = {
  ...poolOptions,
  maxpool_depth: flag(),
  out_channels: whole(1, 1),
  antialiasing: integer(0),
};

export const maxpool = section(maxpoolOptions, 'maxpool_zero_nonmax', (l, o) => {
  if (o.maxpool_depth) return l.builder.add('maxout', [l.map], { outChannels: o.out_channels });
  const result = l.builder.add('maxPool', [l.map], maxWindow(o));
  return o.antialiasing === 0 ? result : blurred(l, result, o.antialiasing, ...stridesOf(o));
});

export const localAvgpool = section(poolOptions, '', (l, o) =>
  l.builder.add('avgPool', [l.map], averageWindow(o)),
);

const AVERAGE = { mode: 'average' } as const;

export const avgpool = section({}, '', (l) => l.builder.add('globalPool', [l.map], AVERAGE));

export const upsample = section({ stride: integer(2) }, 'scale', (l, o) => {
  if (o.stride === 0) l.fail('CSP325', 'stride is 0', 'give the factor, negative to sum instead of repeat');
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
