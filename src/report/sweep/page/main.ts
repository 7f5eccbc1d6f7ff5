import { formatBytes, formatCount } from '../../format.ts';
import type { PageColumn, SweepPageData } from '../pageData.ts';
import { Parallel } from './parallel.ts';
import { Scatter } from './scatter.ts';

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const data = JSON.parse(byId('data').textContent) as SweepPageData;
const { columns, designs } = data;
const onFront = new Uint8Array(designs.length);
for (const position of data.front) onFront[position] = 1;

/** Numbers of a column by design; NaN where there is none. */
const numbersOf = (column: PageColumn): Float64Array =>
  Float64Array.from('numbers' in column ? column.numbers : column.picked, (value) =>
    value === null || ('picked' in column && value === -1) ? Number.NaN : value,
  );
const values = columns.map(numbersOf);

/** A value as people read it; a choice by its name. */
export function valueText(column: PageColumn, value: number): string {
  if (Number.isNaN(value)) return '–';
  if ('picked' in column) return column.choices[Math.round(value)] ?? '';
  if (column.unit === 'byte') return formatBytes(value);
  if (column.unit === 's') return `${(1000 * value).toPrecision(4)} ms`;
  if (column.name === 'bottleneckShare') return `${(100 * value).toFixed(1)} %`;
  return column.unit === '1' ? String(Number(value.toPrecision(6))) : formatCount(value);
}

/** Which designs are kept: by every filter, and on the front where only those are wanted. */
const kept = new Uint8Array(designs.length).fill(1);
const ranges = values.map((own) => rangeOf(own));
const filters = ranges.map(([from, to]): [number, number] => [from, to]);

function rangeOf(own: Float64Array): readonly [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const value of own) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return [from, to];
}

/** What is done once in the next frame, however often it is asked for until then. */
function framed(paint: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}

const filter = framed(() => {
  const frontOnly = byId<HTMLInputElement>('front').checked;
  kept.fill(1);
  filters.forEach(([from, to], k) => {
    const [least, most] = ranges[k] as readonly [number, number];
    if (from <= least && to >= most) return;
    const own = values[k] as Float64Array;
    for (let i = 0; i < kept.length; i++)
      if (!((own[i] as number) >= from && (own[i] as number) <= to)) kept[i] = 0;
  });
  if (frontOnly) for (let i = 0; i < kept.length; i++) if (onFront[i] === 0) kept[i] = 0;
  parallel.refresh();
  draw();
});

const select = (id: string): number => Number(byId<HTMLSelectElement>(id).value);
const scatter = new Scatter(byId<HTMLCanvasElement>('scatter'), {
  designs: designs.length,
  onFront,
  front: data.front,
  kept,
});
const parallel = new Parallel(byId<HTMLCanvasElement>('parallel'), {
  columns: columns.slice(0, 12),
  values,
  ranges,
  kept,
  front: data.front,
  valueText,
});
let selected = -1;

const drawParallel = framed(() => {
  if (parallel.draw(selected)) drawParallel();
});

const draw = framed(() => {
  const [x, y, colour] = [select('x'), select('y'), select('colour')];
  scatter.show({
    x: values[x] as Float64Array,
    y: values[y] as Float64Array,
    colour: values[colour],
    selected,
    xText: (value) => valueText(columns[x] as PageColumn, value),
    yText: (value) => valueText(columns[y] as PageColumn, value),
    xTitle: (columns[x] as PageColumn).title,
    yTitle: (columns[y] as PageColumn).title,
  });
  drawParallel();
  showLegend(colour);
  let count = 0;
  for (const keep of kept) count += keep;
  const by = data.objectives.map(({ name, direction }) => `${name} ${direction}`).join(', ');
  byId('summary').textContent =
    `${count.toLocaleString('en-US')} of ${designs.length.toLocaleString('en-US')} designs` +
    (by === '' ? '' : `; ${data.front.length.toLocaleString('en-US')} are beaten by no other in ${by}`) +
    (data.infeasible.length === 0
      ? ''
      : `; ${data.infeasible.length.toLocaleString('en-US')} break a constraint`) +
    (data.failed === 0 ? '' : `; ${data.failed.toLocaleString('en-US')} failed`);
});

function showLegend(colour: number): void {
  const legend = byId('legend');
  legend.replaceChildren();
  const entry = (css: string, text: string): void => {
    const item = document.createElement('span');
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    swatch.style.background = css;
    item.append(swatch, text);
    legend.append(item);
  };
  const column = columns[colour];
  if (column === undefined) return;
  const [from, to] = ranges[colour] as readonly [number, number];
  const stops = 'picked' in column ? column.choices.map((_, i) => i) : [from, (from + to) / 2, to];
  for (const stop of stops.slice(0, 12)) entry(scatter.cssOf(stop, from, to), valueText(column, stop));
  if (data.front.length > 0) entry(scatter.frontCss, 'on the front');
}

/** Everything about one design: its numbers, and what gives its report and its model. */
function showDesign(position: number): void {
  selected = position;
  const panel = byId('design');
  panel.replaceChildren();
  const heading = document.createElement('h2');
  heading.textContent = onFront[position] === 1 ? 'Design on the front' : 'Design';
  const table = document.createElement('table');
  columns.forEach((column, k) => {
    const row = table.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = column.title;
    row.append(name);
    row.insertCell().textContent = valueText(column, (values[k] as Float64Array)[position] as number);
  });
  panel.append(heading, table);
  const files = data.files[String(position)] ?? [];
  if (files.length > 0) {
    const links = document.createElement('p');
    for (const file of files) {
      const link = document.createElement('a');
      link.href = file;
      link.textContent = file.split('/').at(-1) ?? file;
      links.append(link, ' ');
    }
    panel.append(links);
  }
  const design = designs[position] as string;
  const [model = ''] = design.split(' --');
  for (const [title, text] of [
    ['Its report', `csp-profile report ${design} -o design.html`],
    [
      'As .onnx, .cfg',
      `csp-profile export ${model} --to onnx -o design.onnx\ncsp-profile export ${model} --to cfg -o design.cfg`,
    ],
    ['As .mjs', moduleText(model)],
  ] as const) {
    const block = document.createElement('pre');
    block.textContent = text;
    const label = document.createElement('div');
    label.className = 'row';
    const copy = document.createElement('button');
    copy.type = 'button';
    copy.textContent = 'copy';
    copy.addEventListener('click', () => void navigator.clipboard.writeText(text));
    label.append(title, copy);
    panel.append(label, block);
  }
  draw();
}

/** A module that builds a design of the zoo. */
function moduleText(model: string): string {
  const [, path = model, parameters = '', extent] = /^([^:@]+)(?::([^@]*))?(?:@(.+))?$/.exec(model) ?? [];
  const given =
    parameters === '' ? [] : parameters.split(',').map((each) => each.split('=') as [string, string]);
  const object: Record<string, unknown> = Object.fromEntries(
    given.map(([id, value]) => [id, Number.isNaN(Number(value)) ? value : Number(value)]),
  );
  if (extent !== undefined)
    object['input'] = extent.includes('x') ? extent.split('x').map(Number) : Number(extent);
  return `import { buildFamily } from 'csp-profile';\nexport default () => buildFamily('${path}', ${JSON.stringify(object)});`;
}

function options(id: string, first: number, none?: string): void {
  const list = byId<HTMLSelectElement>(id);
  if (none !== undefined) list.add(new Option(none, '-1'));
  columns.forEach(({ title }, k) => list.add(new Option(title, String(k))));
  list.value = String(first);
  list.addEventListener('change', () => {
    scatter.home();
    draw();
  });
}

function addFilters(): void {
  columns.forEach((column, k) => {
    const [least, most] = ranges[k] as readonly [number, number];
    const group = document.createElement('fieldset');
    const legend = document.createElement('legend');
    const shown = document.createElement('output');
    legend.append(column.title, shown);
    group.append(legend);
    const say = (): void => {
      const [from, to] = filters[k] as [number, number];
      shown.textContent = `${valueText(column, from)} … ${valueText(column, to)}`;
    };
    [least, most].forEach((start, end) => {
      const slider = document.createElement('input');
      slider.type = 'range';
      slider.min = String(least);
      slider.max = String(most);
      slider.step = 'picked' in column ? '1' : 'any';
      slider.value = String(start);
      slider.setAttribute('aria-label', `${column.title}, ${end === 0 ? 'at least' : 'at most'}`);
      slider.addEventListener('input', () => {
        (filters[k] as [number, number])[end] = Number(slider.value);
        say();
        filter();
      });
      group.append(slider);
    });
    say();
    byId('filters').append(group);
  });
}

const position = (name: string | undefined, other: number): number => {
  const found = columns.findIndex((column) => column.name === name);
  return found === -1 ? Math.min(other, columns.length - 1) : found;
};
options('x', position(data.objectives[0]?.name, 0));
options('y', position(data.objectives[1]?.name, 1));
options(
  'colour',
  position(data.objectives[2]?.name, Math.min(data.objectives.length, columns.length - 1)),
  'none',
);
addFilters();
scatter.onPick = showDesign;
byId('front').addEventListener('change', filter);
byId('home').addEventListener('click', () => {
  scatter.home();
  draw();
});
byId('reset').addEventListener('click', () => {
  filters.forEach((own, k) => own.splice(0, 2, ...(ranges[k] as readonly [number, number])));
  byId('filters').replaceChildren();
  addFilters();
  byId<HTMLInputElement>('front').checked = false;
  filter();
});
addEventListener('resize', draw);
filter();
