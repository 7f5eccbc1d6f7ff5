import { PAPER_MEASUREMENTS } from '../../architectures/paper.ts';
import { findFamily } from '../../architectures/zoo.ts';
import { deviceById } from '../../src/devices/registry.ts';
import { familySource } from '../../src/library/sweep.ts';
import { renderDocument, gridOf, type Section } from '../../src/report/document.ts';
import { DesignEvaluator } from '../../src/sweep/evaluate.ts';
import { paretoFront } from '../../src/sweep/front.ts';
import type { DesignRow } from '../../src/sweep/row.ts';
import { DesignSpace } from '../../src/sweep/space.ts';
import type { Generator } from './generate.ts';

const DEVICE_NAMES = ['gtx1080ti', 'i9-9900k', 'jetson-tx2'] as const;
const FUSIONS = ['both', 'first', 'last'] as const;
const GAMMAS = Array.from({ length: 19 }, (_, i) => Math.round(5 * (i + 1)) / 100);

/** One point of the sweep: a gamma and a fusion, with the time on every device. */
interface Point {
  readonly fusion: string;
  readonly gamma: number;
  readonly flops: number;
  readonly cio: number;
  readonly weights: number;
  readonly bottleneckFlops: number;
  readonly seconds: readonly number[];
  /** as the paper prints them, where it does */
  readonly printed?: { readonly bflops: string; readonly top1: string };
  /** percent: printed, or between printed ones the parabola through the three of its fusion */
  readonly top1?: number;
}

/** Table 1 of the paper with all gammas between its three: `csp-profile sweep` computes the same. */
export const table1Sweep: Generator = async () => {
  const points = await computed();
  const columns = [
    { id: 'fusion', title: 'fusion', align: 'left', value: ({ fusion }: Point) => fusion },
    { id: 'gamma', title: 'gamma', align: 'right', value: ({ gamma }: Point) => gamma.toFixed(2) },
    { id: 'bflops', title: 'BFLOPs', align: 'right', value: ({ flops }: Point) => (flops / 1e9).toFixed(3) },
    { id: 'printedBflops', title: 'printed', align: 'right', value: ({ printed }: Point) => printed?.bflops },
    { id: 'cio', title: 'CIO (M)', align: 'right', value: ({ cio }: Point) => (cio / 1e6).toFixed(2) },
    {
      id: 'bottleneck',
      title: 'largest layer (M)',
      align: 'right',
      value: ({ bottleneckFlops }: Point) => (bottleneckFlops / 1e6).toFixed(1),
    },
    ...DEVICE_NAMES.map((name, i) => ({
      id: name,
      title: `${name} (ms)`,
      align: 'right' as const,
      value: ({ seconds }: Point) => (1000 * (seconds[i] as number)).toFixed(2),
    })),
    { id: 'top1', title: 'top-1, printed', align: 'right', value: ({ printed }: Point) => printed?.top1 },
  ] as const;
  const sections: readonly Section[] = [
    { id: 'gamma', title: 'What the front says that nine points do not', sentences: findings(points) },
    { id: 'points', title: 'All points', grid: gridOf(columns, points) },
  ];
  return new Map([
    ['reports/paper/table1-sweep.md', INTRODUCTION + renderDocument('markdown', sections, 100)],
    ['reports/paper/table1-sweep.csv', gridOf(columns, points).render('csv', 100)],
  ]);
};

const INTRODUCTION = `# Table 1 of the CSPNet paper as a sweep

<!-- Written by \`npm run generate\`; do not edit. -->

Gamma in 19 steps for the three fusions of CSPPeleeNet, where table 1 of arXiv 1911.11929 prints nine points. FLOPs are
the paper's (\`darknet-2019\`); times are what the calibrations of three devices predict for batch 1, with the errors that
\`csp-profile devices\` states. The same from the command line:

\`\`\`console
$ csp-profile sweep csppeleenet --param fusion=both,first,last --param gamma=0.05..0.95 \\
    --device gtx1080ti,i9-9900k,jetson-tx2 --flops darknet-2019 -o table1.ndjson --page table1.html
\`\`\`

`;

async function computed(): Promise<readonly Point[]> {
  const space = new DesignSpace([
    { name: 'fusion', kind: 'parameter', values: FUSIONS },
    { name: 'gamma', kind: 'parameter', values: GAMMAS as [number, ...number[]] },
    { name: 'device', kind: 'device', values: DEVICE_NAMES },
  ]);
  const evaluator = new DesignEvaluator(space, familySource('csppeleenet', space), {
    flops: 'darknet-2019',
    metrics: ['flops', 'cio', 'weights', 'bottleneckFlops', 'predictedSeconds'],
    devices: new Map(DEVICE_NAMES.map((name) => [name, deviceById(name)])),
    fingerprint: 'table 1',
  });
  const rows: DesignRow[] = [];
  for (let index = 0; index < space.size; index++) rows.push(await evaluator.row(index));
  return FUSIONS.flatMap((fusion) =>
    GAMMAS.map((gamma): Point => {
      const own = rows.filter((row) => row['fusion'] === fusion && row['gamma'] === gamma);
      const [row] = own;
      const number = (name: string): number => Number(row?.[name]);
      const printed = printedAt(fusion, gamma);
      const top1 = interpolated(fusion, gamma);
      return {
        fusion,
        gamma,
        flops: number('flops'),
        cio: number('cio'),
        weights: number('weights'),
        bottleneckFlops: number('bottleneckFlops'),
        seconds: own.map(({ predictedSeconds }) => Number(predictedSeconds)),
        ...(printed === undefined ? {} : { printed }),
        ...(top1 === undefined ? {} : { top1 }),
      };
    }),
  );
}

/** What table 1 prints for a point. */
function printedAt(fusion: string, gamma: number): Point['printed'] {
  const { family } = findFamily('csppeleenet');
  const network = family.networks.find(
    ({ parameters: { activation, attention, ...own } }) =>
      activation === undefined &&
      attention === undefined &&
      (own['fusion'] ?? 'both') === fusion &&
      (own['gamma'] ?? 0.5) === gamma,
  );
  const row = network?.printed.find(({ where }) => where === 'table 1');
  const measured = PAPER_MEASUREMENTS.find((each) => each.where === 'table 1' && each.row === row?.row);
  const [bflops, top1] = [row?.values.bflops, measured?.printed.top1];
  return bflops === undefined || top1 === undefined ? undefined : { bflops, top1 };
}

/** The parabola through the three printed accuracies of a fusion; none outside of them. */
function interpolated(fusion: string, gamma: number): number | undefined {
  if (gamma < 0.25 || gamma > 0.75) return undefined;
  const [low, middle, high] = [0.25, 0.5, 0.75].map((each) => Number(printedAt(fusion, each)?.top1)) as [
    number,
    number,
    number,
  ];
  const t = (gamma - 0.5) / 0.25;
  return middle + (t * (high - low)) / 2 + (t * t * (high - 2 * middle + low)) / 2;
}

function findings(points: readonly Point[]): readonly string[] {
  const of = (fusion: string): readonly Point[] => points.filter((point) => point.fusion === fusion);
  const smallest = FUSIONS.map((fusion) =>
    of(fusion).reduce((least, point) => (point.bottleneckFlops < least.bottleneckFlops ? point : least)),
  );
  const fall = (of: (point: Point) => number, own: readonly Point[]): string => {
    const [first, last] = [own[0] as Point, own.at(-1) as Point];
    return `${(100 * (1 - of(last) / of(first))).toFixed(0)} %`;
  };
  const known = points.filter(({ top1 }) => top1 !== undefined);
  const front = paretoFront(
    Float64Array.from(known.flatMap(({ flops, top1 }) => [flops, -(top1 as number)])),
    2,
  ).map((i) => known[i] as Point);
  const share = (fusion: string): string => {
    const own = front.filter((point) => point.fusion === fusion);
    return own.length === 0
      ? `none with fusion ${fusion}`
      : `fusion ${fusion} at gamma ${own.map(({ gamma }) => gamma.toFixed(2)).join(', ')}`;
  };
  const ends = (fusion: string, i: number): string => fall(({ seconds }) => seconds[i] as number, of(fusion));
  return [
    `The largest layer, which sets the pace of a pipeline, is smallest at ${smallest
      .map(
        ({ fusion, gamma, bottleneckFlops }) =>
          `gamma ${gamma.toFixed(2)} with fusion ${fusion} (${(bottleneckFlops / 1e6).toFixed(1)} MFLOP)`,
      )
      .join(
        ', ',
      )}. Where that is below 0.95, another layer takes over and a larger gamma helps the bottleneck no further; 0.25, 0.5 and 0.75 do not show it.`,
    ...FUSIONS.map(
      (fusion) =>
        `From gamma 0.05 to 0.95, fusion ${fusion} takes ${fall(({ flops }) => flops, of(fusion))} off the FLOPs and ${fall(({ cio }) => cio, of(fusion))} off the CIO, but ${DEVICE_NAMES.map((name, i) => `${ends(fusion, i)} (${name})`).join(', ')} off the predicted time.`,
    ),
    `With the printed accuracies, and between them those of a parabola through the three of each fusion, the front of accuracy against FLOPs has ${FUSIONS.map(share).join('; ')}. No accuracy between printed ones was measured.`,
  ];
}
