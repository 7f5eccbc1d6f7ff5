import type { LiveTensor } from '../../../analysis/peak.ts';
import { formatShape, plain } from '../../format.ts';
import { h, swatch, table, type Child } from './dom.ts';
import { percent, rounded } from './numbers.ts';
import type { Store } from './store.ts';

const BYTES = { unit: 'byte' };

/** So many tensors are listed one by one. */
const MOST = 12;

/** What is in memory when most of it holds activations, for each network. */
export function peakTensors(store: Store): readonly HTMLElement[] {
  const { networks } = store.report;
  return networks.flatMap(({ label, profile: { peak, layers } }, at) => {
    if (peak === undefined) return [];
    const cells = (name: string, shape: string, held: string, bytes: number): readonly Child[] => [
      name,
      shape,
      held,
      rounded(bytes, BYTES),
      percent(bytes / peak.bytes),
    ];
    const [listed, rest] = [peak.tensors.slice(0, MOST), peak.tensors.slice(MOST)];
    const rows = listed.map((tensor) =>
      cells(
        plain(tensor.name),
        `${formatShape(tensor.shape)} ${plain(tensor.dtype)}`,
        heldFor(tensor),
        tensor.bytes,
      ),
    );
    const others = rest.reduce((sum, { bytes }) => sum + bytes, 0);
    const name = layers.find(({ index }) => index === peak.layer)?.name ?? '';
    return [
      h(
        'div',
        { class: networks.length > 1 ? 'peak' : 'peak wide' },
        h(
          'h3',
          {},
          networks.length > 1 && swatch(at),
          `${networks.length > 1 ? `${label}: alive` : 'Alive'} at the peak, ${rounded(peak.bytes, BYTES)}`,
        ),
        h('p', {}, `While layer #${String(peak.layer)} ${plain(name)} runs.`),
        table(
          `Tensors alive at the peak of ${label}`,
          ['tensor', 'shape', 'held', 'bytes', 'share'],
          3,
          rest.length === 0 ? rows : [...rows, cells(`${String(rest.length)} smaller ones`, '', '', others)],
        ),
      ),
    ];
  });
}

const heldFor = ({ from, to }: LiveTensor): string =>
  `${from === undefined ? 'from the start' : `#${String(from)}`} to ${to === undefined ? 'the end' : `#${String(to)}`}`;
