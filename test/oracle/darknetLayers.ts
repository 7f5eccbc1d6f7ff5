import { readFileSync } from 'node:fs';

/** One layer of a public network as Darknet computes it. */
export interface DarknetLayer {
  readonly index: number;
  readonly section: string;
  /** width, height, channels of the layer before it, which is not what a route reads */
  readonly input: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  readonly bflops: number;
  /** numbers in the weights file */
  readonly params: number;
}

export interface DarknetNetwork {
  /** name of the .cfg */
  readonly cfg: string;
  readonly repository: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly layers: readonly DarknetLayer[];
}

/** The networks of darknet-layers.csv. */
export function darknetNetworks(): readonly DarknetNetwork[] {
  const [header, ...lines] = readFileSync(new URL('darknet-layers.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const columns = (header as string).split(',');
  const networks = new Map<string, DarknetNetwork & { readonly layers: DarknetLayer[] }>();
  for (const line of lines) {
    const cells = line.split(',');
    const text = (column: string): string => {
      const cell = cells[columns.indexOf(column)];
      if (cell === undefined) throw new Error(`no column ${column} in: ${line}`);
      return cell;
    };
    const number = (column: string): number => {
      const value = Number(text(column));
      if (text(column) === '' || Number.isNaN(value))
        throw new Error(`${column} is not a number in: ${line}`);
      return value;
    };
    const cfg = text('cfg');
    let network = networks.get(cfg);
    if (network === undefined) {
      const [width, height] = text('input_w_h_c').split('x').map(Number) as [number, number];
      network = { cfg, repository: text('repository'), path: text('path'), width, height, layers: [] };
      networks.set(cfg, network);
    }
    network.layers.push({
      index: number('index'),
      section: text('section'),
      input: [number('in_w'), number('in_h'), number('in_c')],
      output: [number('out_w'), number('out_h'), number('out_c')],
      bflops: number('bflops'),
      params: number('params'),
    });
  }
  return [...networks.values()];
}
