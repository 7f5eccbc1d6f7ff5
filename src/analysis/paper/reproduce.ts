import type { Graph } from '../../graph/graph.ts';
import { elements } from '../../units.ts';
import { profile, type Profile } from '../profile.ts';

/** A row of a publication and the network that it is about. */
export interface PublishedRow {
  /** `table 3`, `figure 8` */
  readonly where: string;
  /** what the publication calls it */
  readonly row: string;
  /** its name in the zoo */
  readonly network: string;
  /** height of the input */
  readonly input: number;
  /** what the zoo claims of the network */
  readonly reproduction: 'exact' | 'fitted' | 'open';
  /** printed cost by column, as printed */
  readonly printed: Readonly<Partial<Record<CostColumn, string>>>;
  /** why a column does not come out */
  readonly reasons: Readonly<Partial<Record<CostColumn, string>>>;
  /** printed speed and accuracy, as printed */
  readonly measured: Readonly<Record<string, string>>;
  /** what its `params` count */
  readonly counts: ParameterCount;
  /** convention of its `bflops` */
  readonly flops: string;
  /** the network, at that input */
  readonly graph: Graph;
}

/** Billions of FLOPs, parameters, convolutional input/output in elements. */
export type CostColumn = 'bflops' | 'params' | 'cio';

/** conv weights; with biases, scales and shifts; with the statistics of batch normalisation as well */
export type ParameterCount = 'weights' | 'trainable' | 'params';

/** One printed cost beside the computed one. */
export interface Reproduced {
  /** `table 3`, `figure 8` */
  readonly where: string;
  /** what the publication calls the network */
  readonly row: string;
  /** its name in the zoo */
  readonly network: string;
  /** height of the input */
  readonly input: number;
  /** which cost */
  readonly column: CostColumn;
  /** absent where the publication prints none */
  readonly printed?: string;
  /** billions of FLOPs, else parameters or elements */
  readonly computed: number;
  /** computed / printed - 1 */
  readonly residual?: number;
  /** the printed digits come out */
  readonly holds?: boolean;
  /** what the zoo claims of the network */
  readonly reproduction: PublishedRow['reproduction'];
  /** why it does not come out, where that is known */
  readonly reason?: string;
}

/** A row of a publication, and every cost of it beside what its network gives. */
export interface ReproducedRow {
  /** the row, and the network */
  readonly published: PublishedRow;
  /** of the network, by the conventions of the row */
  readonly profile: Profile;
  /** a cost each */
  readonly values: readonly Reproduced[];
}

const ROLES: Readonly<Record<ParameterCount, ReadonlySet<string>>> = {
  weights: new Set(['weight']),
  trainable: new Set(['weight', 'bias', 'scale', 'shift']),
  params: new Set(['weight', 'bias', 'scale', 'shift', 'mean', 'variance']),
};

/** Every cost of a row, printed beside computed; BFLOPs and parameters also where the row prints none. */
export function reproduceRow(published: PublishedRow): ReproducedRow {
  const { graph, printed, reasons } = published;
  const result = profileOf(graph, published.flops);
  const { flops, cio } = result.totals;
  const computed: Partial<Record<CostColumn, number>> = {
    ...(flops === undefined ? {} : { bflops: flops / 1e9 }),
    params: countParameters(graph, published.counts),
    ...(cio === undefined || printed.cio === undefined ? {} : { cio }),
  };
  // A figure prints one column and means no other.
  const columns = (Object.keys(computed) as CostColumn[]).filter(
    (column) => printed[column] !== undefined || published.where.startsWith('table'),
  );
  const values = columns.flatMap((column): Reproduced[] => {
    const value = computed[column];
    if (value === undefined) return [];
    const text = printed[column];
    const reason = reasons[column];
    return [
      {
        where: published.where,
        row: published.row,
        network: published.network,
        input: published.input,
        column,
        ...(text === undefined
          ? {}
          : {
              printed: text,
              residual: value / printedValue(text) - 1,
              holds: agreesWithPrinted(value, text),
            }),
        computed: value,
        reproduction: published.reproduction,
        ...(reason === undefined ? {} : { reason }),
      },
    ];
  });
  return { published, profile: result, values };
}

/** Of graphs that several rows print: by convention of FLOPs. */
const known = new WeakMap<Graph, Map<string, Profile>>();

function profileOf(graph: Graph, flops: string): Profile {
  const profiles = known.get(graph) ?? new Map<string, Profile>();
  known.set(graph, profiles);
  const before = profiles.get(flops);
  if (before !== undefined) return before;
  const made = profile(graph, { flops, cio: 'cspnet' });
  profiles.set(flops, made);
  return made;
}

function countParameters(graph: Graph, counts: ParameterCount): number {
  let total = 0;
  for (const { role, type } of graph.tensors) if (ROLES[counts].has(role)) total += elements(type.shape);
  return total;
}

const PRINTED = /^(\d+)(?:\.(\d+))?(M|%)?$/;
const SCALES: Readonly<Record<string, number>> = { M: 1e6, '%': 0.01 };

function parsePrinted(printed: string): { readonly digits: number; readonly unit: number } {
  const [, whole = '', fraction = '', suffix = ''] = PRINTED.exec(printed) ?? [];
  if (whole === '') throw new RangeError(`"${printed}" is no printed number`);
  return { digits: Number(whole + fraction), unit: (SCALES[suffix] ?? 1) / 10 ** fraction.length };
}

/** The number that a printed text states: `5.24M` is 5,240,000, `44%` is 0.44. */
export function printedValue(printed: string): number {
  const { digits, unit } = parsePrinted(printed);
  return digits * unit;
}

/**
 * Whether a value is less than one unit of the last printed digit away: rounded or truncated, it prints the same.
 */
export function agreesWithPrinted(value: number, printed: string): boolean {
  const { digits, unit } = parsePrinted(printed);
  return Math.abs(value / unit - digits) < 1;
}

/** How many printed numbers there are, and how many come out. */
export interface Verdict {
  /** printed numbers */
  readonly printed: number;
  /** of them those that come out */
  readonly hold: number;
  /** of those, the ones of networks that a publication defines */
  readonly exact: number;
  /** and the ones of networks that were fitted to printed digits */
  readonly fitted: number;
  /** printed numbers that do not come out */
  readonly open: number;
  /** of rows that are declared exact, without a reason: a regression */
  readonly broken: readonly Reproduced[];
}

/** How many of the printed numbers of these rows come out. */
export function verdictOf(rows: readonly ReproducedRow[]): Verdict {
  const values = rows.flatMap((row) => row.values).filter(({ printed }) => printed !== undefined);
  const hold = values.filter(({ holds }) => holds === true);
  return {
    printed: values.length,
    hold: hold.length,
    exact: hold.filter(({ reproduction }) => reproduction === 'exact').length,
    fitted: hold.filter(({ reproduction }) => reproduction !== 'exact').length,
    open: values.length - hold.length,
    broken: values.filter(
      ({ holds, reproduction, reason }) =>
        holds === false && reproduction === 'exact' && reason === undefined,
    ),
  };
}
