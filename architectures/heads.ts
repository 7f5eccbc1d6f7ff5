import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { detection } from './blocks.ts';

/**
 * Partial residual network: maps are added, in the channels that both have, where a feature pyramid joins them.
 * One output level per map, coarsest first.
 *
 * @param maps the backbone's maps, finest first: strides 16 and 32, or 8, 16 and 32
 * @source github.com/WongKinYiu/PartialResidualNetworks, cfg/yolov3-tiny-prn.cfg
 */
export function partialResidualHead(g: Network, maps: readonly TensorId[]): void {
  const sum = (y: TensorId, x: TensorId): TensorId =>
    g.add([y, x], { align: 'common', activation: g.defaultActivation });
  const [coarsest, ...finer] = [...maps].reverse() as [TensorId, ...TensorId[]];
  const narrow = g.conv(coarsest, { outChannels: 256 });
  let from = g.conv(narrow, { outChannels: 256, kernel: 3 });
  detection(g, sum(from, narrow));
  for (const map of finer) {
    const up = g.upsample(g.conv(g.identity(from), { outChannels: 128 }));
    const y = g.conv(sum(up, map), { outChannels: 128, kernel: 3 });
    from = sum(sum(y, up), map);
    detection(g, from);
  }
}
