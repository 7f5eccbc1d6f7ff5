import { boundsText } from './bounds.ts';
import { COUNT_INFO, type Profile, type ProfileRow } from '../analysis/profile.ts';
import { columnWidth, commonPath, padCell, shorten, shortenMiddle } from './cells.ts';
import { profileConclusions } from './conclusions.ts';
import { COLUMNS, columnsOf, layoutOf, shareOf, type Column } from './columns.ts';
import { formatCount, formatPercent, formatShape, formatValue, plain, listed, numbered } from './format.ts';
import { RANK, selectRows, type RenderOptions, type Renderer } from './renderer.ts';
import { styles, unicodeBar, type Styles } from './style.ts';
import { wrapped } from './wrap.ts';

const GAP = '  ';
/** Columns that a name has where there is no room to spare. */
const MAX_NAME = 28;
/** What the bars keep where names take the rest. */
const SPARE_BAR = 16;
const MIN_BAR = 8;
const MAX_BAR = 40;

/** The profile for a terminal: what it is, totals, the costliest layers, how evenly the work is spread. */
export const renderTable: Renderer = (profile, options) => {
  const style = styles(options.color);
  return [
    ...header(profile, options.width, style),
    '',
    ...profileConclusions(profile).flatMap((sentence) => wrapped(sentence, options.width)),
    '',
    ...totals(profile, options.width, style),
    '',
    ...layers(profile, options, style),
    ...(options.extension === undefined
      ? bottleneck(profile, options.width, style)
      : ['', ...options.extension.lines(options.width, style)]),
    ...coverage(profile, style),
    '',
  ].join('\n');
};

function header({ network, conventions, totals }: Profile, width: number, style: Styles): string[] {
  const inputs = inputLines(network.inputs);
  const source = network.source === network.name ? '' : ` from ${plain(network.source)}`;
  return [
    style.bold(plain(network.name)) +
      style.dim(
        `${source} (${network.format}, ${numbered(totals.layers, network.fused === true ? 'fused layer' : 'layer')}${network.modules === undefined ? '' : ` in ${numbered(network.modules, 'module')}`})`,
      ),
    style.dim(
      `${inputs.length === 0 ? 'no input' : `input ${listed(inputs)}`}; FLOPs counted as ${conventions.flops}, CIO as ${conventions.cio}`,
    ),
    ...(network.notes ?? []).flatMap((note) => wrapped(note, width).map((line) => style.dim(plain(line)))),
  ];
}

/** Inputs that are told one by one; of more, those that are alike are told together. */
const MOST_INPUTS = 6;

/** What goes in: one type, the names and types of a few, or how many there are of each type. */
function inputLines(inputs: Profile['network']['inputs']): readonly string[] {
  const typeOf = ({ shape, dtype }: (typeof inputs)[number]): string => `${formatShape(shape)} ${dtype}`;
  if (inputs.length === 1) return inputs.map(typeOf);
  if (inputs.length <= MOST_INPUTS) return inputs.map((input) => `${plain(input.name)} ${typeOf(input)}`);
  const alike = new Map<string, (typeof inputs)[number][]>();
  for (const input of inputs) {
    const others = alike.get(typeOf(input));
    if (others === undefined) alike.set(typeOf(input), [input]);
    else others.push(input);
  }
  const told = [...alike].map(([type, [first, ...others]]) =>
    others.length === 0
      ? `${plain(first?.name ?? '')} ${type}`
      : `${plain(first?.name ?? '')} and ${String(others.length)} more ${type}`,
  );
  return told.length <= MOST_INPUTS
    ? told
    : [...told.slice(0, MOST_INPUTS), `${String(told.length - MOST_INPUTS)} other types`];
}

function totals(profile: Profile, width: number, style: Styles): string[] {
  const cells = COUNT_INFO.flatMap(({ id, label, unit, total }) => {
    const value = profile.totals[id];
    return value === undefined || total === 'none' ? [] : [{ label, value: formatValue(value, unit) }];
  });
  const labelWidth = Math.max(...cells.map(({ label }) => label.length));
  const valueWidth = Math.max(...cells.map(({ value }) => value.length));
  const perLine = Math.max(1, Math.floor((width + 4) / (labelWidth + valueWidth + 6)));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) {
    lines.push(
      cells
        .slice(i, i + perLine)
        .map(
          ({ label, value }) =>
            `${style.dim(label.padEnd(labelWidth))}  ${style.bold(value.padStart(valueWidth))}`,
        )
        .join('    '),
    );
  }
  return lines;
}

function layers(profile: Profile, options: RenderOptions, style: Styles): string[] {
  const rows = selectRows(profile, options);
  if (rows.length === 0) return [];
  const { path, columns, widths, bar } = layout(profile, rows, options);
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => padCell(cell, widths[i] as number, (columns[i] as Column).align)).join(GAP);
  const { sort, extension } = options;
  const largest = sort === undefined ? (extension?.rank ?? RANK).largest : `with the most ${sort}`;
  const ofLargest =
    extension?.rank.share ?? ((row: ProfileRow) => shareOf(row.flops, profile.bottleneck?.flops));
  const what = profile.network.modules === undefined ? 'layer' : 'module';
  const title =
    rows.length === profile.layers.length
      ? rows.length === 1
        ? `the one ${what}`
        : `all ${numbered(rows.length, what)}`
      : `the ${String(rows.length)} of ${numbered(profile.layers.length, what)} ${largest}; --all shows every one`;
  return [
    style.dim(path === '' ? title : `${title}; names are those below ${path}`),
    style.bold(line(columns.map((column) => column.title)).trimEnd()),
    ...rows.map((row) => {
      const cells = columns.map((column, i) => {
        const width = widths[i] as number;
        return column.id === 'name'
          ? shortenMiddle(nameOf(column, row, profile, path), width)
          : shorten(column.text(row, profile), width);
      });
      const share = ofLargest(row);
      const blocks = bar === 0 || share === undefined ? '' : `${GAP}${style.accent(unicodeBar(share, bar))}`;
      return (line(cells) + blocks).trimEnd();
    }),
  ];
}

/** A layer's name without what all names begin with. */
const nameOf = (column: Column, row: ProfileRow, profile: Profile, path: string): string =>
  column.text(row, profile).slice(path.length);

/** As many columns as fit the width, and what is left for the bar. */
function layout(profile: Profile, rows: readonly ProfileRow[], options: RenderOptions) {
  const path = plain(commonPath(profile.layers.map(({ name }) => name)));
  const widestOf = (column: Column): number =>
    columnWidth([
      column.title,
      ...rows.map((row) =>
        column.id === 'name' ? nameOf(column, row, profile, path) : column.text(row, profile),
      ),
    ]);
  const measure = (column: Column): number => {
    const widest = widestOf(column);
    return column.id === 'name' && options.cut === true ? Math.min(widest, MAX_NAME) : widest;
  };
  const asked = options.columns;
  let used = 0;
  const chosen = new Map<string, number>();
  const { extension } = options;
  const { places, priority } = extension?.layout ?? layoutOf(COLUMNS, 'table');
  for (const column of columnsOf(asked ?? priority, extension?.columns)) {
    const width = measure(column);
    const next = used + width + (chosen.size > 0 ? GAP.length : 0);
    if (asked === undefined && next > options.width - GAP.length - MIN_BAR) continue;
    chosen.set(column.id, width);
    used = next;
  }
  const columns = columnsOf(asked ?? places, extension?.columns).filter(({ id }) => chosen.has(id));
  let rest = options.width - used - GAP.length;
  const name = columns.find(({ id }) => id === 'name');
  const spare = Math.max(0, rest - SPARE_BAR);
  if (name !== undefined && spare > 0) {
    const width = chosen.get(name.id) as number;
    const more = Math.min(spare, widestOf(name) - width);
    chosen.set(name.id, width + more);
    rest -= more;
  }
  return {
    path,
    columns,
    widths: columns.map(({ id }) => chosen.get(id) as number),
    bar: rest < MIN_BAR ? 0 : Math.min(rest, MAX_BAR),
  };
}

function bottleneck(profile: Profile, width: number, style: Styles): string[] {
  const { bottleneck: found } = profile;
  if (found === undefined) return [];
  const layer = profile.layers[found.layer];
  const most = Math.max(...found.histogram.map((bin) => bin.layers));
  const labels = found.histogram.map(({ from, to }) => `${formatCount(from)} – ${formatCount(to)}`);
  const labelWidth = Math.max(...labels.map((label) => label.length));
  return [
    '',
    style.dim('bottleneck') +
      ` #${String(found.layer)} ${plain(layer?.name ?? '')}: ${formatCount(found.flops)}FLOP, ${formatPercent(found.share)} of all, ${found.maxOverMean.toFixed(2)} times the mean ${profile.network.modules === undefined ? 'layer' : 'module'}`,
    ...found.histogram.map((bin, i) =>
      `  ${(labels[i] as string).padStart(labelWidth)}  ${String(bin.layers).padStart(String(most).length)} ${style.accent(
        unicodeBar(bin.layers / most, Math.min(MAX_BAR, Math.max(MIN_BAR, width - labelWidth - 10))),
      )}`.trimEnd(),
    ),
  ];
}

function coverage({ coverage: covered }: Profile, style: Styles): string[] {
  const list = covered.uncounted.map(({ op, count }) => `${String(count)} x ${plain(op)}`).join(', ');
  const notes = [
    ...(list === '' ? [] : [`not counted, so every total is too low: ${list}`]),
    ...boundsText(covered).map(plain),
  ];
  return notes.length === 0 ? [] : ['', ...notes.map((note) => style.warn(note))];
}
